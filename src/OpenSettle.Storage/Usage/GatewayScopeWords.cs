namespace OpenSettle.Storage.Usage;

/// <summary>Scopes as people write them.</summary>
public static class GatewayScopeWords
{
    /// <summary>Those of gateways. An operator's key has no other than its own.</summary>
    public static IReadOnlyList<(string Name, GatewayScopes Scope)> OfGateways { get; } =
        [("send", GatewayScopes.Send), ("send-unsigned", GatewayScopes.SendUnsigned), ("read", GatewayScopes.Read)];

    public static IReadOnlyList<string> Of(GatewayScopes scopes) =>
        [.. OfGateways.Append(("operate", GatewayScopes.Operate)).Where(scope => scopes.HasFlag(scope.Item2)).Select(scope => scope.Item1)];
}
