"""Django settings, all from the environment with sane defaults: an empty environment is a working single machine.

``LANTU_VAR`` the data folder (default ``var/`` beside the repository) · ``DATABASE_URL`` (default SQLite in the data folder) ·
``LANTU_DEBUG`` · ``LANTU_HOSTS`` comma list · ``LANTU_SECRET_KEY`` (default: made once, kept in the data folder). All of them:
``docs/operations.md``.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("LANTU_VAR", BASE_DIR / "var")).resolve()
CITIES_DIR = Path(os.environ.get("LANTU_CITIES", BASE_DIR / "cities")).resolve()
VAR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    if key := os.environ.get("LANTU_SECRET_KEY"):
        return key
    path = VAR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("LANTU_DEBUG", "") == "1"
ALLOWED_HOSTS = os.environ.get("LANTU_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LANTU_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "ninja",
    "lantu.core",
    "lantu.ui",
    "lantu.accounts",
    "lantu.standards",
    "lantu.documents",
    "lantu.casework",
    "lantu.plans",
    "lantu.blueprints",
    "lantu.conflicts",
    "lantu.certificates",
    "lantu.projects",
    "lantu.approvals",
    "lantu.analysis",
    "lantu.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lantu.core.middleware.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lantu.core.middleware.ActorMiddleware",
    "lantu.core.middleware.ErrorMiddleware",
    "lantu.core.middleware.BodyLimitMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lantu.web.urls"
WSGI_APPLICATION = "lantu.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lantu.ui.context.shell",
            ],
        },
    },
]

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{VAR / 'lantu.sqlite3'}", conn_max_age=600, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE serialises writers (row locks are silently ignored by SQLite); WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    # tests use a file too: in-memory databases lock whole tables and would not show what threads really meet
    DATABASES["default"]["TEST"] = {"NAME": VAR / "test.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "lantu.accounts.views.own.locked_out"
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = int(os.environ.get("LANTU_PROXIES", "0"))

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "media"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}


LANTU_FILES = VAR / "files"
LANTU_STORE = VAR / "store"
LANTU_AUDIT_KEY = VAR / "audit_key"
"""Private key that signs the heads of the audit trail; keep a copy of the heads elsewhere (``lantu audit head``)."""
LANTU_SEALS = VAR / "seals"
"""Keys of seals and of the test authority, encrypted (``LANTU_SEAL_PASSPHRASE``), trusted roots and the list of revoked certificates."""
LANTU_SEAL_SERVICE = os.environ.get("LANTU_SEAL_SERVICE", "")
LANTU_SEAL_SERVICE_TOKEN = os.environ.get("LANTU_SEAL_SERVICE_TOKEN", "")
"""Address and token of a remote seal service; empty: only local TEST seals."""
LANTU_CERTIFICATE_BASE = os.environ.get("LANTU_CERTIFICATE_BASE", "")
LANTU_CERTIFICATE_BASE_TOKEN = os.environ.get("LANTU_CERTIFICATE_BASE_TOKEN", "")
"""Address and token of the city's certificate base (电子证照库); empty: only what was issued here."""
LANTU_PROVINCE = os.environ.get("LANTU_PROVINCE", "")
LANTU_PROVINCE_TOKEN = os.environ.get("LANTU_PROVINCE_TOKEN", "")
"""Address and token of the province's investment platform, which gives projects its own code; empty: codes are bound by hand."""
LANTU_LEGAL_PERSONS = os.environ.get("LANTU_LEGAL_PERSONS", "")
LANTU_LEGAL_PERSONS_TOKEN = os.environ.get("LANTU_LEGAL_PERSONS_TOKEN", "")
"""Address and token of the legal-person base (法人基础库); empty: typed units stay unverified."""
LANTU_REAL_NAMES = os.environ.get("LANTU_REAL_NAMES", "")
LANTU_REAL_NAMES_TOKEN = os.environ.get("LANTU_REAL_NAMES_TOKEN", "")
"""The city's real-name service; without one people are marked as not verified."""
LANTU_CLAMD = os.environ.get("LANTU_CLAMD", "")
LANTU_CLAMD_TIMEOUT = float(os.environ.get("LANTU_CLAMD_TIMEOUT", "30"))
"""A ClamAV daemon (``host:port`` or its socket's path) and the seconds for a file; without one files are marked as not scanned."""
LANTU_DATA_KEY = Path(os.environ.get("LANTU_DATA_KEY", VAR / "data_key"))
"""Key of sealed data (datum parameters); made at first use. Keep a copy apart from the backups: they hold the data, never the key."""
LANTU_DATUM_GRIDS = json.loads(os.environ.get("LANTU_DATUM_GRIDS", "[]"))
"""Grid-shift files of this machine, a JSON list of {name, file, source_epsg, accuracy_m}: NTv2 (.gsb) or GeoTIFF on the source datum."""
LANTU_UPLOAD_LIMIT = int(os.environ.get("LANTU_UPLOAD_LIMIT_MB", "2048")) * 1024**2
"""Bytes that one request may bring; a larger one is refused before it is read."""
LANTU_BASEMAPS = json.loads(os.environ.get("LANTU_BASEMAPS", "[]"))
"""Background maps of this machine, a JSON list of {id, title, kind: wms|wmts|xyz|tianditu|geotiff|mbtiles, url, params, attribution}."""

LANTU_SITE_URL = os.environ.get("LANTU_SITE_URL", "")
"""Address of the site as people reach it, before the paths in mails."""
LANTU_MAIL = os.environ.get("LANTU_MAIL", "")
"""Mail server for notices, ``smtp[s]://user:password@host:port``; empty: notices stay in the site."""
if LANTU_MAIL:
    _mail = urlsplit(LANTU_MAIL)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or (465 if _mail.scheme == "smtps" else 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.scheme == "smtps", 20
    DEFAULT_FROM_EMAIL = os.environ.get("LANTU_MAIL_FROM", f"lantu@{EMAIL_HOST}")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
if os.environ.get("LANTU_HTTPS", "") == "1":
    # behind a proxy that ends TLS and sets X-Forwarded-Proto
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LANTU_LOG", "WARNING")},
}
