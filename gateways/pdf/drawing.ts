// Pages into pdfkit: text runs at their places, each cell one element of the structure tree, everything else an artefact.
import { PDFDocument, type StructureElement } from 'pdfkit';
import { Bytes } from './bytes';
import type { Faces } from './faces';
import type { Page } from './paging';
import type { Run } from './runs';
import { directionFeatures } from './shaping';
import { type Cell, contentWidth, type Row, type Rule, rules, type Section, sheet, type Text } from './sheet';

// Scripts whose vowels may stand before the consonant that they follow, and whose letters melt into one another.
const reordering =
  /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}]/u;

/** Draws one document, page after page, and lets nothing into it that differs from one time to the next. */
export class Drawing {
  private readonly pdf: PDFDocument;
  private readonly root: StructureElement;
  private readonly body: StructureElement;
  /** Filled on the first page, read after everything else. */
  private readonly closing: StructureElement;
  private readonly bytes = new Bytes();
  private open: { section: Section; element: StructureElement } | undefined;
  private color = '';

  constructor({ title, createdAtMs, faces }: { title: string; createdAtMs: number; faces: Faces }) {
    this.pdf = new PDFDocument({
      size: 'A4',
      margin: 0,
      font: '',
      autoFirstPage: false,
      pdfVersion: '1.7',
      subset: 'PDF/UA',
      tagged: true,
      displayTitle: true,
      lang: 'en',
      fontLayoutCache: false,
      info: { Title: xmlSafe(title), Creator: 'Minutebook', CreationDate: new Date(createdAtMs) },
    });
    // As text it is written into the metadata all the same, but no list of embedded glyphs is added, which PDF/UA does not
    // ask for and which would lack the parts of composed letters.
    this.pdf.subset = '1';
    this.pdf.on('data', (chunk: Uint8Array) => this.bytes.add(chunk));
    for (const face of new Set([...faces.regular, ...faces.semibold])) this.pdf.registerFont(face.name, face.font);
    this.root = this.element('Document');
    this.pdf.addStructure(this.root);
    this.body = this.element('Sect');
    this.closing = this.element('Sect');
    this.root.add(this.body).add(this.closing);
  }

  /** Starts a page with what is on it. */
  page(items: Page): void {
    this.pdf.addPage();
    this.color = '';
    for (const { row, section, y, repeated } of items) {
      if (repeated) this.furniture(row, sheet.top + y);
      else this.row(row, section, sheet.top + y);
    }
    this.rules(items);
  }

  /** A line at the foot of the page, repeated on all of them: content the first time, furniture after. */
  foot(texts: readonly Text[], { top, content }: { top: number; content: boolean }): void {
    if (texts.length === 0) return;
    if (content) this.closing.add(this.element('P', {}, () => this.texts(texts, top)));
    else this.artefact(() => this.texts(texts, top));
  }

  /** Ends the document and hands its bytes over. */
  async finish(): Promise<Uint8Array> {
    this.endSection();
    const ended = new Promise<void>((resolve, reject) => this.pdf.once('end', resolve).once('error', reject));
    this.root.end();
    this.pdf.end();
    await ended;
    return this.bytes.all();
  }

  private row(row: Row, section: Section, top: number): void {
    if (this.open?.section !== section) this.beginSection(section);
    const parent = this.open?.element ?? this.body;
    const target = section.table ? this.element('TR') : parent;
    if (section.table) parent.add(target);
    for (const cell of row.cells) target.add(this.cell(cell, top));
    if (section.table) target.end();
  }

  private cell({ tag, scope, texts }: Cell, top: number): StructureElement {
    return this.element(tag, scope === undefined ? {} : { scope }, () => this.texts(texts, top));
  }

  private beginSection(section: Section): void {
    this.endSection();
    const element = section.table ? this.element('Table') : this.body;
    if (section.table) this.body.add(element);
    this.open = { section, element };
  }

  private endSection(): void {
    if (this.open?.section.table) this.open.element.end();
    this.open = undefined;
  }

  private element(tag: string, options: { scope?: 'Column' | 'Row' } = {}, content?: () => void): StructureElement {
    return this.pdf.struct(tag, options, content);
  }

  private furniture(row: Row, top: number): void {
    this.artefact(() => {
      for (const { texts } of row.cells) this.texts(texts, top);
    });
  }

  private artefact(draw: () => void): void {
    this.pdf.markContent('Artifact', { type: 'Pagination' });
    draw();
    this.pdf.endMarkedContent();
  }

  private texts(texts: readonly Text[], top: number): void {
    for (const { line, style, x, down } of texts) {
      this.fill(style.color);
      for (const run of line.runs) {
        const at = { x: sheet.left + x + run.x * style.size, y: top + down };
        this.marked(run, () => this.run(run, style.size, at));
      }
    }
  }

  /** Says so where a run's glyphs are not in the order of reading. */
  private marked({ text, direction }: Run, draw: () => void): void {
    const reorders = direction === 'ltr' && reordering.test(text);
    if (direction === 'rtl') this.pdf.markContent('ReversedChars');
    else if (reorders) this.pdf.markContent('Span', { actual: text });
    draw();
    if (direction === 'rtl' || reorders) this.pdf.endMarkedContent();
  }

  private run({ face, text, direction, width }: Run, size: number, { x, y }: { x: number; y: number }): void {
    this.pdf.font(face.name, size).text(text, x, y, {
      lineBreak: false,
      baseline: 'alphabetic',
      textWidth: width * size,
      wordCount: 1,
      features: directionFeatures[direction],
    });
  }

  private fill(color: string): void {
    if (color === this.color) return;
    this.pdf.fillColor(color);
    this.color = color;
  }

  private rules(items: Page): void {
    for (const rule of ['row', 'head'] as const) {
      const under = items.filter(({ row }) => row.rule === rule);
      if (under.length > 0) this.artefact(() => this.lines(under, rule));
    }
  }

  private lines(items: Page, rule: Rule): void {
    this.pdf.lineWidth(rules[rule].width);
    for (const { row, y } of items) {
      const at = sheet.top + y + row.height;
      this.pdf.moveTo(sheet.left + (row.ruleFrom ?? 0), at).lineTo(sheet.left + contentWidth, at);
    }
    this.pdf.stroke(rules[rule].color);
  }
}

// pdfkit writes the title into the metadata's XML as it is.
function xmlSafe(text: string): string {
  return text.replace(/[<>&]/g, ' ').replace(/\p{Cc}|\p{Cs}/gu, ' ');
}
