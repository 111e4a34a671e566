using OpenSettle.Node.Configuration;
using OpenSettle.Node.Leading;

namespace OpenSettle.Node.Http;

/// <summary>What is said of who leads.</summary>
internal static class LeadingText
{
    /// <summary>Null where the node is alone.</summary>
    public static string? Of(Leadership leadership)
    {
        if (leadership.Identity is null) return null;
        if (leadership.Leads) return "leads";
        return leadership.Leader is { } leader ? $"stands by; {leader} leads" : "stands by; nobody leads";
    }

    /// <inheritdoc cref="Of"/>
    public static ClusterAnswer? Describe(Leadership leadership, NodeOptions options) => leadership.Identity is { } node
        ? new ClusterAnswer(node.Name, NodeRoleWords.Of(options.Cluster.Roles), leadership.Leads, leadership.Leader, leadership.Lease?.Token)
        : null;

    /// <summary>Only the leader can do what was asked.</summary>
    public static IResult Elsewhere(Leadership leadership) => Problems.Of(
        StatusCodes.Status503ServiceUnavailable, "This node does not lead", leadership.Leader is { } leader ? $"Ask the node {leader}, which does." : "No node does now: ask again in a few seconds.");
}
