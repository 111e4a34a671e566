using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Sqlite;

namespace OpenSettle.Node.Http;

/// <summary>What the status says to whoever runs the node.</summary>
internal static class OperatorText
{
    public static IEnumerable<object> Alerts(NodeState state) =>
        state.Alerts.All.Select(alert => new { name = alert.Name, message = alert.Message, since = alert.Since });

    /// <summary>Which attestations are known. Without a service in the deployment file none are watched.</summary>
    public static object Attestations(NodeOptions options, BooksSession session)
    {
        var service = options.Deployment.Watched.Eas;
        var (all, unread) = session.Attestations.Count();
        return new { service = service.IsZero ? null : service.ToChecksumString(), known = all, unread, knownFrom = PassportFill.AttestationsFrom(session) };
    }

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
