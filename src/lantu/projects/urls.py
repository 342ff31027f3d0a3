"""``/projects/…``"""

from __future__ import annotations

from django.urls import path

from lantu.projects.views import generation, library, programme, project, support

app_name = "projects"
urlpatterns = [
    path("", library.library, name="library"),
    path("map/", library.library_map, name="library-map"),
    path("new/", library.new, name="new"),
    path("import/", library.bring, name="import"),
    path("import/template.xlsx", library.import_template, name="import-template"),
    path("sources/", support.sources, name="sources"),
    path("experts/", support.experts, name="experts"),
    path("assessments/", support.assessments, name="assessments"),
    path("assessments/new/", support.new_assessment, name="new-assessment"),
    path("assessments/<int:pk>/", support.assessment, name="assessment"),
    path("<int:pk>/", project.project, name="project"),
    path("<int:pk>/edit/", library.edit, name="edit"),
    path("<int:pk>/sites/<int:site>/start/", project.start, name="start"),
    path("<int:pk>/<slug:name>/", project.part, name="part"),
    path("generations/", generation.generations, name="generations"),
    path("generations/<int:pk>/", generation.generation, name="generation"),
    path("programmes/", programme.programmes, name="programmes"),
    path("programmes/<int:pk>/", programme.programme, name="programme"),
    path("programmes/<int:pk>/programme.docx", programme.programme_document, name="programme-document"),
]
