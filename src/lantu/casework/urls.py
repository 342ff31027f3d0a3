"""``/work/…``"""

from __future__ import annotations

from django.urls import path

from lantu.casework.views import consultations, meetings, worklist

app_name = "casework"
urlpatterns = [
    path("", worklist.mine, name="mine"),
    path("consultations/<int:pk>/", consultations.consultation, name="consultation"),
    path("requests/<int:pk>/", consultations.request_page, name="request"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
]
