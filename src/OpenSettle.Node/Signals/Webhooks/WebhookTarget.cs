using System.Security.Cryptography;
using System.Text;
using OpenSettle.Ethereum.Rpc;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Who is told.</summary>
/// <param name="Key">What the books know it by: a hash, because its address may hold a password.</param>
/// <param name="Name">Its address as logs and metrics may show it.</param>
internal sealed record WebhookTarget(Uri Address, string Key, string Name)
{
    private const int KeyLength = 32;

    /// <summary>All of them; where two would have the same name they are numbered.</summary>
    public static IReadOnlyList<WebhookTarget> Of(SignalOptions options)
    {
        var targets = new List<WebhookTarget>();
        foreach (var address in options.Webhooks)
        {
            var name = EndpointName.Of(address);
            var before = targets.Count(target => EndpointName.Of(target.Address) == name);
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)))[..KeyLength];
            targets.Add(new WebhookTarget(address, key, before == 0 ? name : $"{name} ({before + 1})"));
        }

        return targets;
    }

    // A record's own text would show the address.
    public override string ToString() => Name;
}
