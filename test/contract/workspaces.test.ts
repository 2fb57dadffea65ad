import { readWorkspaceEntry } from '../../contract/workspaces';
import { faultPlaces } from '../domain/refusals';

const nowMs = Date.UTC(2025, 5, 15, 12);
const body = { name: 'Acme & Sons', billingEmail: 'billing@acme.example', startsAt: '2015-06-15T12:00:00Z' };

describe('the body of a workspace', () => {
  test('is read, with and without its start', () => {
    expect(readWorkspaceEntry(body, { nowMs })).toEqual({
      name: 'Acme & Sons',
      billingEmail: 'billing@acme.example',
      startsAtMs: Date.UTC(2015, 5, 15, 12),
    });
    const { startsAt: _, ...rest } = body;
    expect(readWorkspaceEntry(rest, { nowMs })).toEqual({ name: 'Acme & Sons', billingEmail: 'billing@acme.example' });
  });

  test.each<[string, object, string[]]>([
    ['no name', { name: undefined }, ['name']],
    ['a blank name', { name: '  ' }, ['name']],
    ['a name of 201 characters', { name: 'n'.repeat(201) }, ['name']],
    ['a name over two lines', { name: 'Acme\nBcc: all' }, ['name']],
    ['no e-mail', { billingEmail: undefined }, ['billingEmail']],
    ['an e-mail without @', { billingEmail: 'acme.example' }, ['billingEmail']],
    ['an e-mail with two @', { billingEmail: 'a@b@acme.example' }, ['billingEmail']],
    ['an e-mail without a dot in its domain', { billingEmail: 'a@localhost' }, ['billingEmail']],
    ['an e-mail with an empty label', { billingEmail: 'a@acme..example' }, ['billingEmail']],
    ['an e-mail with a line end', { billingEmail: 'a@acme.example\nBcc: x@y.example' }, ['billingEmail']],
    ['an e-mail of 255 characters', { billingEmail: `${'a'.repeat(242)}@acme.example` }, ['billingEmail']],
    ['a start that is no instant', { startsAt: '2025-06-01' }, ['startsAt']],
    ['a start more than ten years back', { startsAt: '2015-06-15T11:59:59Z' }, ['startsAt']],
    ['a start in the future', { startsAt: '2025-06-15T12:05:01Z' }, ['startsAt']],
    ['an unknown field', { email: 'a@acme.example' }, ['email']],
    ['billing that is none', { billing: 'x' }, ['billing']],
    [
      'billing with faults',
      { billing: { taxID: 'x', name: '', emails: ['a'] } },
      ['billing.taxID', 'billing.name', 'billing.emails[0]'],
    ],
    ['several faults', { name: 1, billingEmail: 2, startsAt: 3 }, ['name', 'billingEmail', 'startsAt']],
  ])('is refused with %s', (_, change, places) => {
    expect(faultPlaces(() => readWorkspaceEntry({ ...body, ...change }, { nowMs }))).toEqual(places);
  });

  test('is refused where it is no object', () => {
    expect(faultPlaces(() => readWorkspaceEntry('acme', { nowMs }))).toEqual(['body', 'name', 'billingEmail']);
  });
});
