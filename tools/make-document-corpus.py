#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Sensorium authors
# SPDX-License-Identifier: MIT
"""make-document-corpus.py FOLDER: small documents as other programs write them, for tests/decode/test-archives.c. Needs python-docx,
python-pptx, XlsxWriter, odfpy, ebooklib, reportlab, pypdf and cryptography (pip)."""

import datetime
import pathlib
import sys

import docx
import pptx
import xlsxwriter
from ebooklib import epub
from odf import dc
from odf.opendocument import OpenDocumentSpreadsheet, OpenDocumentText
from odf.table import Table, TableCell, TableRow
from odf.text import H, LineBreak, List, ListItem, Note, NoteBody, NoteCitation, P, S, Span
from pypdf import PdfWriter
from reportlab.pdfgen import canvas

AUTHOR = "Ann Author"
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def make_docx():
    document = docx.Document()
    facts = document.core_properties
    facts.title, facts.author, facts.language, facts.created = "A report", AUTHOR, "en-GB", datetime.datetime(2024, 5, 31, 12)
    document.add_heading("A report", 0)
    document.add_heading("Weather", 1)
    paragraph = document.add_paragraph("It rained in ")
    paragraph.add_run("Vienna").bold = True
    paragraph.add_run(", and then\tit stopped.")
    for text in ("First", "Second"):
        document.add_paragraph(text, style="List Bullet")
    document.add_heading("Figures", 2)
    table = document.add_table(rows=2, cols=2)
    for i, row in enumerate((("Town", "Rain"), ("Graz", "3 mm"))):
        for j, text in enumerate(row):
            table.cell(i, j).text = text
    document.add_paragraph("Café & <more>, 世界.")
    document.save(folder / "report.docx")


def make_pptx():
    slides = pptx.Presentation()
    slides.core_properties.title, slides.core_properties.author = "Some slides", AUTHOR
    slide = slides.slides.add_slide(slides.slide_layouts[0])
    slide.shapes.title.text, slide.placeholders[1].text = "First slide", "A subtitle"
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "Second slide", "One point\nAnother point"
    slide.notes_slide.notes_text_frame.text = "Say hello here."
    table = slide.shapes.add_table(1, 2, 0, 0, 914400, 914400).table
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    slides.save(folder / "slides.pptx")


def add_rows(table, rows):
    for row in rows:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)


def make_odt():
    letter = OpenDocumentText()
    for fact in (dc.Title(text="A letter"), dc.Creator(text=AUTHOR), dc.Language(text="de-AT")):
        letter.meta.addElement(fact)
    letter.text.addElement(H(outlinelevel=1, text="Ein Brief"))
    body = NoteBody()
    body.addElement(P(text="Eine Fußnote."))
    note = Note(noteclass="footnote")
    note.addElement(NoteCitation(text="1"))
    note.addElement(body)
    paragraph = P(text="Grüße aus ")
    paragraph.addElement(Span(text="Wien"))
    paragraph.addElement(S(c=2))
    paragraph.addText("und")
    paragraph.addElement(LineBreak())
    paragraph.addText("Graz")
    paragraph.addElement(note)
    paragraph.addText(" am Abend.")
    letter.text.addElement(paragraph)
    points = List()
    for text in ("eins", "zwei"):
        item = ListItem()
        item.addElement(P(text=text))
        points.addElement(item)
    letter.text.addElement(points)
    table = Table(name="T")
    add_rows(table, (("Ort", "Regen"), ("Graz", "3 mm")))
    letter.text.addElement(table)
    letter.save(folder / "letter.odt")


def make_ods():
    sheets = OpenDocumentSpreadsheet()
    for month in ("Mai", "Juni"):
        table = Table(name=month)
        add_rows(table, (("Regen", month),))
        sheets.spreadsheet.addElement(table)
    sheets.save(folder / "rain.ods")


def make_xlsx():
    book = xlsxwriter.Workbook(folder / "costs.xlsx")
    book.set_properties({"title": "Costs", "author": AUTHOR, "created": datetime.datetime(2024, 5, 31, 12)})
    day, moment, clock = (book.add_format({"num_format": code}) for code in ("dd/mm/yyyy", 'd mmm yyyy "at" hh:mm', "h:mm"))
    euros, hours = book.add_format({"num_format": '#,##0.00 "days"[Red]'}), book.add_format({"num_format": "[h]:mm"})
    may, _, june = book.add_worksheet("May"), book.add_worksheet("Empty"), book.add_worksheet("June")
    may.write_row("A1", ("Item", "Paid on", "Sum"))
    may.write("A2", "Shovel & spade")
    may.write_datetime("B2", datetime.date(2024, 5, 31), day)
    may.write("C2", 19.5, euros)
    may.write_datetime("B3", datetime.datetime(1999, 12, 31, 23, 59), moment)
    may.write("C3", -3)
    may.write("A4", "Opened")
    may.write_datetime("B4", datetime.time(7, 30), clock)
    may.write("C4", True)
    may.write("D4", 1.5, hours)
    may.write("A5", "Total")
    may.write_formula("C5", "=SUM(C2:C3)", None, 16.5)
    may.write_rich_string("A6", "two\nli", book.add_format({"bold": True}), "nes")
    may.write("B6", "Grüße, 世界")
    may.write_formula("C6", "=NA()", None, "#N/A")
    may.write_comment("B6", "a remark")
    june.write("C7", "far below")
    june.write("C8", "Item")
    book.close()


def make_epub():
    book = epub.EpubBook()
    book.set_identifier("id")
    book.set_title("A small book")
    book.set_language("en")
    book.add_author(AUTHOR)
    chapters = []
    for i in (1, 2):
        chapter = epub.EpubHtml(title=f"Chapter {i}", file_name=f"text/chapter {i}.xhtml", lang="en")
        chapter.content = f"<h1>Chapter {i}</h1><p>The text of chapter {i},&nbsp;with an &mdash; entity.</p>"
        book.add_item(chapter)
        chapters.append(chapter)
    book.toc = chapters
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *chapters]
    epub.write_epub(folder / "book.epub", book)


def make_locked_pdf():
    path = folder / "locked.pdf"
    page = canvas.Canvas(str(path))
    page.drawString(72, 700, "A secret.")
    page.save()
    writer = PdfWriter(clone_from=path)
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(path)


def make_scan():
    picture = pathlib.Path(__file__).parent.parent / "tests" / "data" / "media" / "text-eng.png"
    page = canvas.Canvas(str(folder / "scan.pdf"))
    page.drawImage(str(picture), 60, 600, width=480, preserveAspectRatio=True, anchor="sw")
    page.save()


for make in (make_docx, make_pptx, make_odt, make_ods, make_xlsx, make_epub, make_locked_pdf, make_scan):
    make()
