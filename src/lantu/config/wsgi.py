"""WSGI entry point for gunicorn: ``gunicorn lantu.config.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
application = get_wsgi_application()
