"""``python -m lantu.plans.demo --out DIR [--seed 520100] [--patches 7000] [--no-faults]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lantu.plans.demo.maker import PATCHES, SEED, make


def main() -> None:
    """Make the demo plans and say how many patches each has."""
    parser = argparse.ArgumentParser(prog="python -m lantu.plans.demo", description="演示规划生成 / makes the demo plans of Guiyang")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to / 输出目录")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--patches", type=int, default=PATCHES, help="about how many patches in all / 图斑总数（约）")
    parser.add_argument("--no-faults", action="store_true", help="without deliberate faults / 不含预设错误")
    wishes = parser.parse_args()
    made = make(
        wishes.out,
        wishes.seed,
        wishes.patches,
        lambda share, step: print(f"{share:4.0%} {step}", file=sys.stderr),
        faults=not wishes.no_faults,
    )
    for code, layer in made.layers.items():
        print(f"{code} {len(layer):6d}")
    print(f"{made.patches} patches, {len(made.faults)} deliberate faults, {len(made.folders)} plans: {wishes.out}")


if __name__ == "__main__":
    main()
