"""``/work/…``"""

from __future__ import annotations

from django.urls import path

from lantu.casework.views import clocks, consultations, meetings, notices, subjects, worklist

app_name = "casework"
urlpatterns = [
    path("", worklist.mine, name="mine"),
    path("department/", worklist.department, name="department"),
    path("views/", worklist.views, name="views"),
    path("tasks/<int:pk>/", worklist.task, name="task"),
    path("consultations/", consultations.inbox, name="inbox"),
    path("consultations/asked/", consultations.asked, name="asked"),
    path("consultations/<int:pk>/", consultations.consultation, name="consultation"),
    path("requests/<int:pk>/", consultations.request_page, name="request"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/new/", meetings.new_meeting, name="new-meeting"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/minutes.docx", meetings.minutes, name="minutes"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("clocks/<int:pk>/", clocks.clock, name="clock"),
    path("comments/<int:pk>/withdraw/", subjects.withdraw, name="comment"),
    path("attachments/<int:pk>/", subjects.attachment, name="attachment"),
    path("timeline/<str:subject_type>/<str:subject_id>/", subjects.timeline, name="timeline"),
    path("on/<str:subject_type>/<str:subject_id>/<str:act>/", subjects.on, name="on"),
]
