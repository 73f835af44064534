/** What a run on GitHub meets: the event that its runner tells of, and GitHub's API. */
export const githubErrors = {
  'github-event': (d: { reason: string }) => ({
    message: `The runner does not say what this run is about: ${d.reason}.`,
    remedy: 'Run this as a step of a workflow on GitHub; anywhere else, use the command line.',
  }),
  'github-forbidden': (d: { doing: string; needs: string; reason: string }) => ({
    message: `GitHub does not let this job ${d.doing}: ${d.reason}.`,
    remedy:
      `Unless GitHub names another reason, give the job \`${d.needs}\` under \`permissions\` in its workflow. ` +
      'A pull request from a fork is never given more than reading.',
  }),
  'github-limited': (d: { doing: string; until: string }) => ({
    message: `GitHub has been asked too much, and lets nobody ${d.doing} before ${d.until}.`,
    remedy: 'Run the job again after that time.',
  }),
  'github-failed': (d: { doing: string; reason: string }) => ({
    message: `GitHub failed to ${d.doing}: ${d.reason}.`,
    remedy: 'See whether GitHub has an outage (https://www.githubstatus.com), then run the job again.',
  }),
  'github-tag-elsewhere': (d: { name: string; at: string; sha: string }) => ({
    message: `The tag ${d.name} is at ${d.at} on GitHub, and not at ${d.sha}.`,
    remedy: 'Find out who made it; if it is wrong, delete it, and run the job again.',
  }),
}
