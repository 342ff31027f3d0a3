"""Make ``.venv`` with what the machine has, or print the one line that mends what it lacks. Standard library only, any Python 3."""

import os
import subprocess
import sys

NEEDED = (3, 11)


def stop(zh, en):
    sys.exit("%s\n%s" % (zh, en))


def main():
    if sys.version_info < NEEDED:
        candidates = ["python3.14", "python3.13", "python3.12", "python3.11"]
        for name in candidates:
            if subprocess.call(["which", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
                os.execvp(name, [name, *sys.argv])
        stop(
            "需要 Python 3.11 或更新（现在是 %d.%d）。请先执行： sudo apt-get install python3.11 python3.11-venv" % sys.version_info[:2],
            "Python 3.11 or newer is needed. First run: sudo apt-get install python3.11 python3.11-venv",
        )
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        package = "python%d.%d-venv" % sys.version_info[:2]
        stop("缺少 venv。请先执行： sudo apt-get install " + package, "venv is missing. First run: sudo apt-get install " + package)
    venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt", clear=True).create(".venv")


if __name__ == "__main__":
    main()
