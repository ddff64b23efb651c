/** What the numbers are: in plain words first, then how they are calculated. */
export const MEANS = {
  expectedReturn: "What a year is expected to bring on average: the sum of each weight times the return expected of its asset, and cash. What fitted the past best looks better than it will be.",
  volatility: "How far a year\u2019s return strays from its mean, two times of three: the standard deviation of the returns of sessions, times the root of the sessions of a year.",
  sharpe: "What was earned for the risk taken: the mean return beyond cash, divided by its standard deviation, a year. \u00b1 is its standard error: the true one is within twice that, 19 times of 20.",
  expectedSharpe: "What is expected for the risk taken: the expected return beyond cash, divided by the volatility. In sample: what fitted the past best looks better than it will be.",
  annualReturn: "What a year brought, compounded: what 1 came to, to the power of one over the years, less 1; after costs.",
  fall: "The most that was lost from a peak: the lowest value over the highest before it, less 1.",
  valueAtRisk: "The loss that is not exceeded with that probability: a quantile of the losses. It says nothing of how bad the rest is.",
  shortfall: "How bad the rest is: the mean loss of those cases that are beyond the value at risk (CVaR, expected shortfall).",
  loss: "The share of the simulated paths that end below what was paid in.",
  mean: "The mean of the values at the end over all paths, less the beginning. \u00b1 is what another seed would change.",
} as const;
