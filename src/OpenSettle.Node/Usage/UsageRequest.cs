using System.Text.Json;
using OpenSettle.Metering;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Storage.Usage;

namespace OpenSettle.Node.Usage;

/// <summary>What is told of an event that was not simply accepted.</summary>
internal readonly record struct EventProblem(int Index, string? Field, string Status, string Reason);

/// <summary>One request's events, read. Used for one request after another, so that reading needs no new memory.</summary>
internal sealed class UsageRequest(EventReader reader, HoldRule rule)
{
    private const int MostKept = 1024 * 1024;

    // Whoever sends names models as they like.
    private const int MostHolds = 10_000;

    private readonly KeccakBatch _identities = new();
    // What one registry says of one gateway: it holds on from request to request.
    private readonly Dictionary<ModelId, Hold> _holds = [];
    private RegistryBook? _registry;
    private (int Offset, int Length, int Index, Hold Hold)[] _good = new (int, int, int, Hold)[128];
    private Hash32[] _hashes = new Hash32[128];
    private int _goodCount;
    private Address _gateway;
    private ulong _now;

    public ReadOnlyMemory<byte> Bodies => reader.Bodies.WrittenMemory;

    public List<EventProblem> Problems { get; } = [];

    /// <summary>Events of the request, good and bad.</summary>
    public int Count { get; private set; }

    public int Good => _goodCount;

    /// <summary>Whether this can be used again: a request that was very large is not kept.</summary>
    public bool IsSmall => reader.Bodies.Length <= MostKept;

    public void Begin(byte[] body, Address gateway, bool signed)
    {
        reader.Begin(body);
        reader.Signed = signed;
        _identities.Clear();
        if (!ReferenceEquals(_registry, rule.Registry) || gateway != _gateway || _holds.Count > MostHolds) _holds.Clear();
        _registry = rule.Registry;
        Problems.Clear();
        (Count, _goodCount, _gateway, _now) = (0, 0, gateway, rule.Now());
    }

    /// <summary>Reads all of a body. False where it has too many events.</summary>
    /// <param name="body">The bytes of it.</param>
    /// <param name="form">What they are.</param>
    /// <param name="mapping">Rule of records.</param>
    /// <param name="headers">Envelope of a binary event.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="UsageFormException">It is not what it is said to be.</exception>
    public bool Read(ReadOnlySpan<byte> body, UsageForm form, MappingRule? mapping, IReadOnlyList<(EventField, byte[]?)> headers)
    {
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = UsageLimits.MostDepth });
        json.Read();
        var many = json.TokenType == JsonTokenType.StartArray;
        if (form is UsageForm.Batch && !many || form is UsageForm.Single && many) throw new UsageFormException("A batch is an array, a single event an object.");
        if (!many || form == UsageForm.Binary)
        {
            ReadOne(ref json, form, mapping, headers);
        }
        else
        {
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (Count == UsageLimits.MostEvents) return false;
                ReadOne(ref json, form, mapping, headers);
            }
        }

        // What stands after the end is an error of the reader's.
        json.Read();
        return true;
    }

    /// <summary>The good events for the journal.</summary>
    public AppendedEvent[] ToAppended()
    {
        if (_hashes.Length < _goodCount) Array.Resize(ref _hashes, _good.Length);
        _identities.WriteTo(_hashes);
        reader.Complete();
        var events = new AppendedEvent[_goodCount];
        for (var i = 0; i < events.Length; i++) events[i] = new AppendedEvent(_hashes[i], _good[i].Offset, _good[i].Length, _good[i].Hold);
        return events;
    }

    /// <summary>Where a good event stands in the request.</summary>
    public int IndexOf(int good) => _good[good].Index;

    private void ReadOne(ref Utf8JsonReader json, UsageForm form, MappingRule? mapping, IReadOnlyList<(EventField, byte[]?)> headers)
    {
        var index = Count++;
        var offset = reader.Bodies.Length;
        var good = mapping is not null ? reader.ReadRecord(ref json, mapping)
            : form == UsageForm.Binary ? reader.ReadBinary(ref json, headers)
            : reader.ReadCloudEvent(ref json);
        if (!good)
        {
            reader.Bodies.Truncate(offset);
            Problems.Add(new EventProblem(index, reader.WrongField, "refused", reader.Wrong ?? throw new InvalidOperationException("An event was refused without a reason.")));
            return;
        }

        if (_goodCount == _good.Length) Array.Resize(ref _good, 2 * _goodCount);
        _good[_goodCount++] = (offset, reader.Bodies.Length - offset, index, Judge());
        EventIdentity.AddTo(_identities, reader.LastSource, reader.LastId);
    }

    private Hold Judge()
    {
        var (model, time) = reader.Last;
        var hold = rule.JudgeTime(time, _now);
        if (hold != Hold.None) return hold;
        if (!_holds.TryGetValue(model, out hold))
        {
            hold = rule.JudgeModel(model, _gateway);
            _holds.Add(model, hold);
        }

        return hold;
    }
}

/// <summary>How a body says what it says.</summary>
internal enum UsageForm
{
    Unknown = 0,

    /// <summary>One CloudEvent, structured.</summary>
    Single,

    /// <summary>An array of CloudEvents.</summary>
    Batch,

    /// <summary>Either: application/json, as OpenMeter's clients send it.</summary>
    Either,

    /// <summary>The data of a CloudEvent whose envelope is in headers.</summary>
    Binary,

    /// <summary>Records of another form, by a mapping.</summary>
    Records,
}

/// <summary>A body is not in the form that the request names.</summary>
internal sealed class UsageFormException(string message) : FormatException(message);
