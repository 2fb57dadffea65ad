import { dayMs, monthEndMs } from '../../domain/period';
import { timetable } from '../../domain/timetable';

const month = '2028-02';
const endMs = monthEndMs(month);
const closeSpreadMs = 600_000;
const workspaces = Array.from({ length: 1000 }, (_, n) => `workspace-${n}`);

test('the next month is opened one to three days ahead, and the month is closed within the spread after its end', () => {
  for (const workspace of workspaces) {
    const { opensNextAt, closesAt } = timetable({ workspace, month }, { closeSpreadMs, isNextOpen: false });
    const [opensNextAtMs, closesAtMs] = [Date.parse(opensNextAt ?? ''), Date.parse(closesAt)];
    expect(opensNextAtMs).toBeGreaterThanOrEqual(endMs - 3 * dayMs);
    expect(opensNextAtMs).toBeLessThan(endMs - dayMs);
    expect(closesAtMs).toBeGreaterThanOrEqual(endMs);
    expect(closesAtMs).toBeLessThan(endMs + closeSpreadMs);
  }
});

test('a thousand workspaces are spread evenly, each always at its own time', () => {
  const closesAt = (workspace: string) =>
    Date.parse(timetable({ workspace, month }, { closeSpreadMs, isNextOpen: false }).closesAt);
  const minutes = workspaces.map((workspace) => Math.floor((closesAt(workspace) - endMs) / 60_000));
  for (let minute = 0; minute < 10; minute++) {
    expect(minutes.filter((each) => each === minute).length).toBeGreaterThan(60);
  }
  expect(workspaces.map(closesAt)).toEqual(workspaces.map(closesAt));
});

test('where the next month is open already, nothing opens it again', () => {
  expect(timetable({ workspace: 'acme', month }, { closeSpreadMs, isNextOpen: true }).opensNextAt).toBeNull();
});
