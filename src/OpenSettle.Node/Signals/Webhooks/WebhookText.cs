using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenSettle.Epochs;

namespace OpenSettle.Node.Signals.Webhooks;

/// <summary>Something that is told: what it is, and its body.</summary>
/// <param name="Id">Of what happened, not of the telling: books that are made anew would give it the same.</param>
internal sealed record WebhookMessage(string Id, string Type, ReadOnlyMemory<byte> Body);

/// <summary>Makes messages in the form of Standard Webhooks: type, timestamp, data.</summary>
internal sealed class WebhookText(DeploymentId deployment)
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <param name="key">What makes it this one among those of its type.</param>
    /// <param name="data">What happened; amounts are decimal texts in smallest units.</param>
    public WebhookMessage Of(string type, string key, DateTimeOffset at, object data)
    {
        var subject = string.Create(CultureInfo.InvariantCulture, $"{deployment.ChainId}/{deployment.Vault}/{type}/{key}");
        const int IdLength = 32;
        var id = $"msg_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)))[..IdLength]}";
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { type, timestamp = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), chainId = deployment.ChainId, vault = deployment.Vault.ToChecksumString(), data }, Form);
        return new WebhookMessage(id, type, body);
    }
}
