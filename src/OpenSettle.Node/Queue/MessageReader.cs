using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Node.Http;
using OpenSettle.Node.Usage;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Queue;

/// <summary>Reads messages into windows: whose it is, whether he may, and what is in it. For one stream; used by one after another.</summary>
internal sealed class MessageReader(StreamNames names, QueueKeys keys, GatewayNames gateways, UsageReaders readers, HoldRule rule, BatchCheck batches)
{
    private const int MostHolds = 10_000;

    private readonly UsageRequest _request = readers.Create();
    private readonly KeccakBatch _identities = new();
    private readonly Dictionary<(ModelId Model, Address Gateway), Hold> _holds = [];
    private readonly ConcurrentDictionary<int, byte[]> _gatewayKeys = new();
    private AppendedEvent[] _events = new AppendedEvent[128];
    private Hash32[] _hashes = new Hash32[128];
    private RegistryBook? _registry;

    /// <summary>Puts a message's events into a window. What is wrong with it, or with a part of it; null where nothing is.</summary>
    public string? Read(Delivery delivery, UsageWindow window)
    {
        if (delivery.Properties.ContentType == StreamFounder.IdentityKind) return null;
        var (message, code, malformed) = UsageMessage.Read(delivery.Properties, delivery.Body);
        if (message is null) return malformed;
        if (gateways.Find(message.Gateway) is not { } gateway) return "it is of a gateway that this deployment does not have";
        var isOfNode = message.Kind == UsageMessage.Bodies;
        var key = isOfNode ? keys.Nodes : _gatewayKeys.GetOrAdd(gateway.Id, static (_, hash) => QueueKeys.OfGateway(hash), gateway.KeyHash);
        if (!CryptographicOperations.FixedTimeEquals(message.CodeBy(key, names.Prefix), code))
            return isOfNode ? "its code was not made by a node of this deployment" : "its code was not made with the key of its gateway";
        if (!isOfNode && Forbidden(gateway, message.Statement.Length > 0) is { } forbidden) return forbidden;
        try
        {
            return isOfNode ? ReadBodies(message, gateway, delivery, window) : ReadEvents(message, gateway, delivery, window);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        catch (JsonException e)
        {
            return $"it is not valid JSON: {e.Message}";
        }
    }

    /// <summary>What a node took from a gateway stays taken; what a gateway sends itself is looked at as a request is.</summary>
    private static string? Forbidden(GatewayRecord gateway, bool signed)
    {
        if (gateway.Revoked is not null) return "the key of its gateway was revoked";
        if (signed && !gateway.Scopes.HasFlag(GatewayScopes.Send)) return "the key of its gateway lacks the scope send";
        return signed || gateway.Scopes.HasFlag(GatewayScopes.SendUnsigned) ? null : "the key of its gateway lacks the scope send-unsigned, and nobody signed it";
    }

    private string? ReadBodies(UsageMessage message, GatewayRecord gateway, Delivery delivery, UsageWindow window)
    {
        var body = message.Body.Span;
        var (count, at) = (0, 0);
        var now = rule.Now();
        if (!ReferenceEquals(_registry, rule.Registry) || _holds.Count > MostHolds) _holds.Clear();
        _registry = rule.Registry;
        _identities.Clear();
        while (at < body.Length)
        {
            if (body.Length - at < 4) throw new FormatException("Its events end early.");
            var length = BinaryPrimitives.ReadInt32BigEndian(body[at..]);
            at += 4;
            if (length < 0 || length > body.Length - at) throw new FormatException("Its events end early.");
            var e = new EventView(body.Slice(at, length));
            if (count == _events.Length) Array.Resize(ref _events, 2 * count);
            EventIdentity.AddTo(_identities, e.Source, e.Id);
            _events[count++] = new AppendedEvent(default, at, length, Judge(e, gateway.Address, now));
            at += length;
        }

        if (_hashes.Length < count) Array.Resize(ref _hashes, _events.Length);
        _identities.WriteTo(_hashes);
        for (var i = 0; i < count; i++) _events[i] = _events[i] with { Identity = _hashes[i] };
        // Lengths stand between the events: they go along into the buffer, and nobody looks at them.
        return Put(message.Statement, gateway, message.Body, _events.AsSpan(0, count), delivery, window);
    }

    private string? ReadEvents(UsageMessage message, GatewayRecord gateway, Delivery delivery, UsageWindow window)
    {
        var signed = message.Statement.Length > 0;
        _request.Begin(delivery.Body, gateway.Address, signed);
        if (!_request.Read(delivery.Body, UsageForm.Batch, null, [])) return $"it has more than {UsageLimits.MostEvents} events";
        var events = _request.ToAppended();
        var problem = _request.Problems.Count == 0 ? null
            : $"{_request.Problems.Count} of its {_request.Count} events cannot be taken{(signed ? ", and a signed batch is taken whole" : string.Empty)}; the first: {Describe(_request.Problems[0])}";
        if (signed && problem is not null) return problem;
        window.Refused += _request.Problems.Count;
        return Put(message.Statement, gateway, _request.Bodies, events, delivery, window) ?? problem;
    }

    private static string Describe(EventProblem problem) => $"event {problem.Index}{(problem.Field is { } field ? $", {field}" : string.Empty)}: {problem.Reason}";

    private string? Put(string statement, GatewayRecord gateway, ReadOnlyMemory<byte> bodies, ReadOnlySpan<AppendedEvent> events, Delivery delivery, UsageWindow window)
    {
        if (statement.Length == 0)
        {
            if (events.Length > 0) window.Put(window.GroupOf(gateway), bodies.Span, events);
            return null;
        }

        var (signed, problem) = batches.Check(statement, bodies, events.ToArray());
        if (signed is null) return problem ?? "its statement cannot be read";
        if (signed.Statement.Gateway != gateway.Address) return $"{signed.Statement.Gateway.ToChecksumString()} signed it, and the key is of a gateway that signs with {gateway.Address.ToChecksumString()}";
        var group = window.GroupOf(gateway);
        group.Batch = signed;
        window.Put(group, bodies.Span, events);
        window.Signed = delivery;
        return null;
    }

    private Hold Judge(in EventView e, Address gateway, ulong now)
    {
        var hold = rule.JudgeTime(e.Time, now);
        if (hold != Hold.None) return hold;
        var key = (e.Model, gateway);
        if (!_holds.TryGetValue(key, out hold)) _holds.Add(key, hold = rule.JudgeModel(e.Model, gateway));
        return hold;
    }
}

/// <summary>All gateways by name, revoked ones too: a message may have waited since before. Read again when a second old.</summary>
internal sealed class GatewayNames(IUsageJournal usage, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private volatile Snapshot? _snapshot;

    public GatewayRecord? Find(string name)
    {
        var snapshot = _snapshot;
        var now = time.GetUtcNow();
        if (snapshot is null || (now - snapshot.ReadAt).Duration() >= Fresh)
            _snapshot = snapshot = new Snapshot(now, usage.Gateways().Where(gateway => !gateway.Scopes.HasFlag(GatewayScopes.Operate)).ToFrozenDictionary(gateway => gateway.Name, StringComparer.Ordinal));
        return snapshot.ByName.GetValueOrDefault(name);
    }

    private sealed record Snapshot(DateTimeOffset ReadAt, FrozenDictionary<string, GatewayRecord> ByName);
}
