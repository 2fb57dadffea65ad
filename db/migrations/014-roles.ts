// What lets the API and the worker be served by roles that own nothing: partitions are made, and dropped, by functions that
// run as the owner of the tables, and so do the triggers through which one row moves another that nobody may write by himself.
// Each finds its tables in this schema alone, whatever the caller's search_path. Their rights: db/roles/rights.ts.
export const roles = `
do $$
declare
  name text;
begin
  foreach name in array array[
    'ensure_usage_reports_day(date)', 'ensure_usage_month(date)', 'drop_usage_reports(date)', 'drop_usage_month(date)',
    -- What is left of a grant; what was credited, written off, paid, returned and refunded of an invoice.
    'draw_from_grants()', 'return_to_grants()', 'take_over_payment_back()', 'credit_invoice()', 'write_overrun_off()',
    'allocate_to_invoice()', 'count_return()', 'count_surplus()', 'count_refund()',
    -- What endpoints are told of.
    'tell_invoice_issued()', 'tell_invoice_paid()', 'tell_attempt_failed()', 'tell_debit_returned()', 'tell_note_issued()',
    'tell_credits()', 'tell_suspended()', 'tell_restored()', 'tell_quarantined()', 'tell_period_closed()'
  ] loop
    execute format('alter function %s security definer set search_path = %I, pg_temp', name, current_schema());
    execute format('revoke all on function %s from public', name);
  end loop;
  revoke all on function ensure_partition(text, text, timestamp, timestamp, int) from public;
end $$;
`;
