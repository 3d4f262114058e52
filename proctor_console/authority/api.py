from flask import Blueprint
from proctor_console.frame.answers import guarded
blueprint = guarded(Blueprint("console_lines_api", __name__, url_prefix="/console/api"), json=True)
