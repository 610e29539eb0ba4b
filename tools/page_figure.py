"""Takes a figure out of a page that the program wrote, as an SVG file of its own.

usage: page_figure.py PAGE.html "TITLE OF THE FIGURE" OUT.svg
"""
import re
import sys

page, title, out = sys.argv[1:]
figures = re.findall(r"<svg.*?</svg>", open(page, encoding="utf-8").read(), re.S)
# Titles are bold; axes may say the same.
found = [f for f in figures if title in re.findall(r"<text[^>]*bold[^>]*>([^<]*)<", f)]
if len(found) != 1:
    sys.exit(f"{page}: {len(found)} figures are called {title!r}")
figure = found[0]
if "xmlns=" not in figure.split(">", 1)[0]:
    figure = figure.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
with open(out, "w", encoding="utf-8") as file:
    file.write(figure + "\n")
