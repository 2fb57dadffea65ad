// What the coming invoice of a workspace would say now, for whoever holds a Temporal client: two actions.
import { setCurrentDetails } from '@temporalio/workflow';
import type { PreviewArguments } from '../domain/asking';
import type { PreviewedInvoice } from '../domain/outcomes';
import { previewInvoice as preview } from './activities';

export async function previewInvoice(of: PreviewArguments): Promise<PreviewedInvoice> {
  const previewed = await preview(of);
  setCurrentDetails(`${previewed.period}: ${previewed.total} USD`);
  return previewed;
}
