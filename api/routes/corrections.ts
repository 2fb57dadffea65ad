// Corrections: made, previewed, listed and taken back.
import type { FastifyInstance } from 'fastify';
import { type Corrected, type CorrectedBill, correctUsage } from '../../commands/correct-usage';
import { takeCorrectionBack } from '../../commands/take-correction-back';
import {
  type Correction,
  CorrectionQuery,
  CorrectionsQuery,
  correctionsAPage,
  readCorrectionEntry,
} from '../../contract/corrections';
import type { CreditNote } from '../../contract/credit-notes';
import type { Answer } from '../../contract/operations';
import { readWorkspace } from '../../db/accounts/workspaces';
import { listCorrections, readCorrection, type StoredCorrection } from '../../db/billing/corrections';
import { listCorrectionNotes } from '../../db/billing/credit-notes-read';
import type { Db } from '../../db/connection/knex';
import type { Standing } from '../../domain/credit-note';
import { MinutebookError } from '../../domain/errors';
import { roundToCentsHalfUp } from '../../domain/money';
import { formatInstant } from '../../domain/period';
import { adminsOnly, authorOf, everyRole } from '../access';
import type { Api } from '../api';
import { creditNoteShape, creditNoteShapes } from '../credit-notes';
import { describe } from '../openapi';
import { keyOfPath, pageTogether, readQuery, workspaceOf } from '../parameters';
import { billShape } from '../shapes';

const postSchema = describe({
  id: 'correctUsage',
  tag: 'Corrections',
  summary: 'Void minutes that were billed wrongly',
  description: `Once under its key. The bill of an open period shrinks; each invoice that loses billable minutes gets one credit note,
which lowers what is to be paid. What was paid already is to be refunded, or becomes credits. Minutes that it matches stay void
when they are reported later, too. With preview=true nothing is changed, and both bills are answered.`,
});

const listSchema = describe({
  id: 'listCorrections',
  tag: 'Corrections',
  summary: 'List the corrections of a workspace, the newest first',
});

const getSchema = describe({ id: 'getCorrection', tag: 'Corrections', summary: 'Read a correction' });

const deleteSchema = describe({
  id: 'takeCorrectionBack',
  tag: 'Corrections',
  summary: 'Take a correction back',
  description: `Its minutes count again: those of closed periods are late usage of the next invoice. Its credit notes stay as they
are, and its key cannot come again. A second time changes nothing.`,
});

export function correctionRoutes(app: FastifyInstance, api: Api): void {
  app.post(
    '/v1/workspaces/:workspace/corrections',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: postSchema },
    async (request, reply): Promise<Answer<'correctUsage'>> => {
      const workspace = workspaceOf(request);
      const { preview } = readQuery(request, CorrectionQuery);
      const entry = readCorrectionEntry(request.body);
      const { actor } = await authorOf(request, api);
      const isPreview = preview === 'true';
      const corrected = await correctUsage(api, { workspace, entry, actor, isPreview });
      reply.code(corrected.isNew && !isPreview ? 201 : 200);
      return correctedShape(corrected, { isPreview });
    },
  );

  app.get(
    '/v1/workspaces/:workspace/corrections',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: listSchema },
    async (request): Promise<Answer<'listCorrections'>> => {
      const { id: workspace } = await readWorkspace(api.db, workspaceOf(request));
      const { cursor, limit = correctionsAPage } = readQuery(request, CorrectionsQuery);
      const before = cursor === undefined ? null : Number(cursor[0]);
      const found = await listCorrections(api.db, { workspace, before, limit: limit + 1 });
      return pageTogether(found, limit, {
        show: (corrections) => withNotes(api.db, workspace, corrections),
        cursor: ({ position }) => [position],
      });
    },
  );

  app.get(
    '/v1/workspaces/:workspace/corrections/:key',
    { config: { access: { roles: everyRole, of: 'path' } }, schema: getSchema },
    async (request): Promise<Answer<'getCorrection'>> => {
      const [workspace, key] = [workspaceOf(request), keyOfPath(request)];
      const found = await readCorrection(api.db, { workspace, key });
      return onlyOf(await withNotes(api.db, workspace, found === undefined ? [] : [found]), { workspace, key });
    },
  );

  app.delete(
    '/v1/workspaces/:workspace/corrections/:key',
    { config: { access: { roles: adminsOnly, of: 'path' } }, schema: deleteSchema },
    async (request): Promise<Answer<'takeCorrectionBack'>> => {
      const [workspace, key] = [workspaceOf(request), keyOfPath(request)];
      const author = await authorOf(request, api);
      const taken = await api.db.transaction((trx) => takeCorrectionBack(trx, { workspace, key, author }));
      return correctionShape(taken.correction, await creditNoteShapes(api.db, taken.notes));
    },
  );
}

function onlyOf(shapes: readonly Correction[], { workspace, key }: { workspace: string; key: string }): Correction {
  const [shape] = shapes;
  if (shape !== undefined) return shape;
  throw new MinutebookError({ code: 'not_found', detail: `workspace ${workspace} has no correction ${key}` });
}

async function withNotes(
  db: Db,
  workspace: string,
  corrections: readonly StoredCorrection[],
): Promise<readonly Correction[]> {
  const keys = corrections.map(({ key }) => key);
  const notes = await creditNoteShapes(db, await listCorrectionNotes(db, { workspace, keys }));
  return corrections.map((correction) =>
    correctionShape(
      correction,
      notes.filter(({ key }) => key === correction.key),
    ),
  );
}

function correctedShape(corrected: Corrected, { isPreview }: { readonly isPreview: boolean }): Correction {
  const { correction, notes, lines, bills } = corrected;
  const shape = correctionShape(
    correction,
    notes.map((note) => creditNoteShape(note, lines.get(note.id) ?? [])),
  );
  return isPreview ? { ...shape, bills: bills.map(correctedBillShape) } : shape;
}

function correctionShape(correction: StoredCorrection, creditNotes: readonly CreditNote[]): Correction {
  const { key, reason, as, ranges, voidMinutes, madeAtMs, takenBackAtMs } = correction;
  return {
    key,
    reason,
    as,
    void: ranges,
    voidMinutes,
    madeAt: formatInstant(madeAtMs),
    ...(takenBackAtMs === null ? {} : { takenBackAt: formatInstant(takenBackAtMs) }),
    creditNotes,
  };
}

function correctedBillShape({ month, invoice, before, after }: CorrectedBill) {
  return {
    period: month,
    ...(invoice === null ? {} : { invoice }),
    before: standingShape(before),
    after: standingShape(after),
  };
}

// What is due is what is owed: a note never charges, even where the smaller bill would.
function standingShape({ owedNanos, ...amounts }: Standing) {
  return billShape({ ...amounts, amountDueNanos: owedNanos, totalCents: roundToCentsHalfUp(owedNanos) });
}
