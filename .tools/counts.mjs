// How the tests are counted. A stage that can't say what it did has failed: silence is never a success.

/** @typedef {{ readonly passed: number, readonly failed: number }} Counts */

/**
 * The counts of a stage that either holds or not: one check.
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countCheck(exitCode) {
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * The counts in a Vitest JSON report. A file that broke before its tests could run counts as one failure.
 * @param {unknown} report the parsed report, undefined when there is none
 * @param {number} exitCode Vitest's
 * @returns {Counts}
 */
export function countVitest(report, exitCode) {
  const { numPassedTests, numFailedTests, testResults } = /** @type {VitestReport} */ (report ?? {});
  const broken = Array.isArray(testResults)
    ? testResults.filter((file) => file.status === 'failed' && !file.assertionResults?.some(isFailed)).length
    : 0;
  return settle(toCount(numPassedTests), toCount(numFailedTests) + broken, exitCode);
}

/**
 * The counts in a Playwright JSON report. A test that passed only on a second try has failed.
 * @param {unknown} report the parsed report, undefined when there is none
 * @param {number} exitCode Playwright's
 * @returns {Counts}
 */
export function countPlaywright(report, exitCode) {
  const { stats, errors } = /** @type {PlaywrightReport} */ (report ?? {});
  const failed =
    toCount(stats?.unexpected) + toCount(stats?.flaky) + (Array.isArray(errors) ? errors.length : 0);
  return settle(toCount(stats?.expected), failed, exitCode);
}

/**
 * @param {readonly Counts[]} counts
 * @returns {Counts}
 */
export function sum(counts) {
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

/**
 * The last line of npm test.
 * @param {Counts} counts
 */
export function summary({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}

/**
 * A stage that ran nothing, or ended badly without naming a failure, has failed once.
 * @param {number} passed
 * @param {number} failed
 * @param {number} exitCode
 */
function settle(passed, failed, exitCode) {
  const isUnexplained = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: isUnexplained ? 1 : failed };
}

/** @param {unknown} value */
function toCount(value) {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** @param {{ readonly status?: string }} assertion */
function isFailed({ status }) {
  return status === 'failed';
}

/**
 * @typedef {object} VitestReport
 * @property {number} [numPassedTests]
 * @property {number} [numFailedTests]
 * @property {readonly { readonly status?: string, readonly assertionResults?: readonly { readonly status?: string }[] }[]} [testResults]
 *
 * @typedef {object} PlaywrightReport
 * @property {{ readonly expected?: number, readonly unexpected?: number, readonly flaky?: number }} [stats]
 * @property {readonly unknown[]} [errors]
 */
