using System.Security.Cryptography;

namespace OpenSettle.Node.Leading;

/// <summary>
/// Who this node is at the database. Its leases, and its connections, carry a name of this start alone: a node that is started again is
/// somebody else, and two that were given the same name by mistake do not take each other's leases for their own.
/// </summary>
public sealed class NodeIdentity
{
    private const char Separator = '/';
    private const int MarkLength = 8;

    private NodeIdentity(string name) => (Name, Holder) = (name, $"{name}{Separator}{RandomNumberGenerator.GetHexString(MarkLength, lowercase: true)}");

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>What leases and connections of this start carry.</summary>
    public string Holder { get; }

    /// <summary>A start of the node of that name.</summary>
    public static NodeIdentity Of(string name) => new(name);

    /// <summary>The name of a holder's node.</summary>
    public static string NameOf(string holder) => holder.LastIndexOf(Separator) is > 0 and var end ? holder[..end] : holder;
}
