/** How a payment came, in words. */
export const ROUTES: Record<string, string> = { rail: "by the rail", payAddress: "to the pay address", excess: "swept, without a log of it" };
