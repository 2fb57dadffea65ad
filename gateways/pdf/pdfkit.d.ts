// The part of pdfkit that is used here, as it is in 0.20: the published types lag behind (no PDF/UA, no font objects).
declare module 'pdfkit' {
  import type { Readable } from 'node:stream';
  import type { Font } from 'fontkit';

  export type StructureElement = {
    add(child: StructureElement | (() => void)): StructureElement;
    end(): void;
  };

  export class PDFDocument extends Readable {
    constructor(options: {
      readonly size: 'A4';
      readonly margin: number;
      /** Empty: no font is opened before it is asked for. */
      readonly font?: '';
      readonly autoFirstPage?: false;
      readonly pdfVersion?: '1.7';
      readonly subset?: 'PDF/UA';
      readonly tagged?: true;
      readonly displayTitle?: true;
      readonly lang?: string;
      /** False: words are shaped and remembered by the font that it is given. */
      readonly fontLayoutCache?: false;
      readonly info?: { readonly Title: string; readonly Creator: string; readonly CreationDate: Date };
    });
    /** The part of PDF/UA, or of PDF/A: a number 1 is taken for PDF/A-1 when fonts are embedded. */
    subset: number | string;
    addPage(): this;
    registerFont(name: string, font: Font): this;
    font(name: string, size: number): this;
    fontSize(size: number): this;
    fillColor(color: string): this;
    text(
      text: string,
      x: number,
      y: number,
      options: {
        readonly lineBreak: false;
        readonly baseline: 'alphabetic';
        readonly textWidth: number;
        readonly wordCount: 1;
        readonly features: readonly string[];
      },
    ): this;
    table(of: { readonly data: readonly (readonly string[])[] }): this;
    lineWidth(points: number): this;
    moveTo(x: number, y: number): this;
    lineTo(x: number, y: number): this;
    stroke(color: string): this;
    struct(tag: string, options: { readonly scope?: 'Column' | 'Row' }, content?: () => void): StructureElement;
    addStructure(element: StructureElement): this;
    markContent(
      tag: string,
      options?: {
        readonly actual?: string;
        readonly type?: 'Pagination' | 'Layout';
        readonly attached?: readonly string[];
      },
    ): this;
    endMarkedContent(): this;
    end(): void;
  }
}
