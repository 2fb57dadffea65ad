// Loaded into the sandbox's own Node processes (`node --require`): they end when the command that started them is gone,
// even by kill -9, because the channel between them closes. The programs themselves know nothing of it.

const patienceMs = 10_000;

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patienceMs).unref();
});
// Listening must not keep a program alive that has finished.
process.channel?.unref();
