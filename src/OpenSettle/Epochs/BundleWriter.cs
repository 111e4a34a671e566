using System.Text;
using OpenSettle.Ledger;
using OpenSettle.Primitives;

namespace OpenSettle.Epochs;

/// <summary>
/// The one byte form of a bundle: UTF-8 lines, each a JSON array without spaces that begins with the line's kind, in a
/// fixed order of kinds, each kind's lines in a fixed order. <c>docs/protocol.md</c> lists them.
/// </summary>
public static class BundleWriter
{
    /// <summary>The first line of every bundle of this version.</summary>
    public const string FirstLine = """["opensettle-bundle",1]""";

    /// <summary>Writes the canonical bytes and returns their keccak-256.</summary>
    public static Hash32 Write(Bundle bundle, Stream destination)
    {
        var hasher = new Keccak256Hasher();
        long lines = 0;
        foreach (var line in Lines(bundle))
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            hasher.Append(bytes);
            destination.Write(bytes);
            lines++;
        }

        var end = Encoding.UTF8.GetBytes($"[\"end\",{lines}]\n");
        hasher.Append(end);
        destination.Write(end);
        return hasher.Finish();
    }

    private static IEnumerable<string> Lines(Bundle b)
    {
        yield return FirstLine;
        yield return $"[\"deployment\",{b.Deployment.ChainId},\"{b.Deployment.Registry}\",\"{b.Deployment.Rail}\",\"{b.Deployment.Vault}\"]";
        yield return $"[\"epoch\",{b.Number},{b.FirstBlock},{b.LastBlock},\"{b.LastBlockHash}\"]";
        yield return $"[\"previous\",\"{b.PreviousRoot}\",\"{b.PreviousBundle}\"]";
        foreach (var token in b.Tokens) yield return $"[\"token\",\"{token.Token}\",\"{token.SmallestLeaf}\"]";
        foreach (var terms in b.Terms)
        {
            yield return $"[\"terms\",{terms.Id},\"{terms.Model}\",{terms.ModelNumber},{terms.LineageVersion},\"{terms.Owner}\",{terms.Split.Version},["
                + string.Join(',', terms.Split.Rows.Select(row => $"[\"{row.Account?.ToString() ?? "OWNER"}\",\"{row.Weight}\",\"{row.Role}\"]"))
                + "],["
                + string.Join(',', terms.Parents.Select(parent => $"[{parent.Terms.Id},{parent.Share}]"))
                + "]]";
        }

        foreach (var (settled, terms) in b.Payments)
        {
            var p = settled.Payment;
            yield return $"[\"payment\",{p.At.Block},{p.At.LogIndex},{p.Timestamp},\"{p.Transaction}\",\"{RouteName(p.Route)}\",{terms.Id},"
                + $"\"{p.Token}\",\"{p.Amount}\",\"{settled.Settled}\",\"{p.Payer}\",\"{p.UsageRef}\"]";
        }

        foreach (var usage in b.Usage) yield return $"[\"usage\",\"{usage.Model}\",{usage.Events}]";
        foreach (var a in b.After.Accounts) yield return $"[\"account\",\"{a.Token}\",\"{a.Account}\",\"{a.Earned}\",\"{a.Leaf}\"]";
        foreach (var r in b.After.Residues) yield return $"[\"residue\",\"{r.Model}\",\"{r.Token}\",\"{r.Amount}\"]";
        foreach (var total in b.Changed) yield return $"[\"total\",\"{total.Token}\",\"{total.Total}\"]";
        yield return $"[\"root\",\"{b.Root}\"]";
    }

    internal static string RouteName(PaymentRoute route) => route switch
    {
        PaymentRoute.Rail => "rail",
        PaymentRoute.PayAddress => "transfer",
        PaymentRoute.Excess => "excess",
        _ => throw new InvalidOperationException($"Route {route} has no name."),
    };
}
