"""The paper of the day 纸质材料: what is printed, from data to PDF.

A document is data and a template: ``papers`` collect the data, a file of ``templates`` sets them
(typst), a child process runs the typesetter (:mod:`exam_server.documents.typesetting`). An office
puts its own copy of a template, or a font, into ``documents/`` of the centre's folder.
"""
