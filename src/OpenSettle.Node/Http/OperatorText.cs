namespace OpenSettle.Node.Http;

/// <summary>What the status says to whoever runs the node.</summary>
internal static class OperatorText
{
    public static IEnumerable<object> Alerts(NodeState state) =>
        state.Alerts.All.Select(alert => new { name = alert.Name, message = alert.Message, since = alert.Since });

    /// <summary>What waits at pay addresses, and why.</summary>
    public static IEnumerable<object> Sweeps(NodeState state) => state.Sweeps.Select(view => new
    {
        token = view.Token.ToChecksumString(),
        amount = view.Amount.ToString(),
        models = view.Models,
        // In wei, of one pay address.
        cost = view.Cost?.ToString(),
        why = view.Why,
        nextLook = view.NextLook,
    });

    public static object Drift(NodeState state)
    {
        var drift = state.Drift;
        return new
        {
            computedAt = drift.ComputedAt,
            block = drift.Block,
            tokens = drift.Tokens.Select(token => new
            {
                token = token.Token.ToChecksumString(),
                credited = Describe(token.Credited),
                promised = Describe(token.Promised),
                paid = Describe(token.Paid),
                balance = Describe(token.Balance),
                drift = new[] { token.Credited, token.Promised, token.Paid }.Select(figure => figure.Difference).FirstOrDefault(difference => difference != "0") ?? "0",
            }),
            accountsChecked = drift.AccountsChecked,
            reason = drift.Reason,
        };
    }

    private static object Describe(Compared figure) => new { ledger = figure.Ledger.ToString(), chain = figure.Chain.ToString() };
}
