from flask import Blueprint
from proctor_console.frame.answers import guarded
blueprint = guarded(Blueprint(__name__.replace(".","_"), __name__, url_prefix="/console"))
