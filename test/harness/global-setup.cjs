// UTC for every test, as the worker and the API run in production; TZ leaks into the workflow sandbox too.

module.exports = () => {
  process.env.TZ = 'UTC';
};
