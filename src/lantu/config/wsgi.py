"""WSGI entry point for gunicorn: ``gunicorn lantu.config.wsgi``."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantu.config.settings")
gc.disable()  # nor while it is loaded, a fifth of which would be looking
application = get_wsgi_application()
gc.collect()
gc.freeze()  # what the code itself is made of never becomes garbage: no collection need look at it again (a tenth of a page's time)
gc.enable()
