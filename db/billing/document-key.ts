import { workspaceOfDocument } from '../../domain/ids';

/**
 * The workspace that the id of an invoice or credit note names, as a binding: a look-up by id is one in that workspace. Null
 * where the id names none, which no row has.
 */
export function ofDocument(id: string): { readonly workspace: string | null } {
  return { workspace: workspaceOfDocument(id) ?? null };
}
