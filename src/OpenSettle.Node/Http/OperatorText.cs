using OpenSettle.Node.Configuration;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Http;

/// <summary>What the status says to whoever runs the node.</summary>
internal static class OperatorText
{
    public static IReadOnlyList<AlertAnswer> Alerts(NodeState state) => [.. state.Alerts.All.Select(Describe)];

    public static AlertAnswer Describe(Alert alert) => new(alert.Name, alert.Message, alert.Since);

    /// <summary>Which attestations are known. Without a service in the deployment file none are watched.</summary>
    public static AttestationsKnownAnswer Attestations(NodeOptions options, BooksSession session)
    {
        var service = options.Deployment.Watched.Eas;
        var (all, unread) = session.Attestations.Count();
        return new AttestationsKnownAnswer(service.IsZero ? null : service, all, unread, PassportFill.AttestationsFrom(session));
    }

    /// <summary>What waits at pay addresses, and why.</summary>
    public static IReadOnlyList<SweepAnswer> Sweeps(NodeState state) =>
        [.. state.Sweeps.Select(view => new SweepAnswer(view.Token, view.Amount, view.Models, view.Cost, view.Why, view.NextLook))];

    public static DriftAnswer Drift(NodeState state)
    {
        var drift = state.Drift;
        return new DriftAnswer(drift.ComputedAt, drift.Block, [.. drift.Tokens.Select(Describe)], drift.AccountsChecked, drift.Reason);
    }

    private static TokenDriftAnswer Describe(TokenDrift token) => new(
        token.Token, Describe(token.Credited), Describe(token.Promised), Describe(token.Paid), Describe(token.Balance),
        new[] { token.Credited, token.Promised, token.Paid }.Select(figure => figure.Difference).FirstOrDefault(difference => difference != "0") ?? "0");

    private static ComparedAnswer Describe(Compared figure) => new(figure.Ledger, figure.Chain);
}
