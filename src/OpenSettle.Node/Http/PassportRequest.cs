using System.Collections.Concurrent;
using System.Globalization;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Http;

/// <summary>What requests about passports have in common: the model and the block that they name.</summary>
internal sealed class PassportRequest(PassportService passports, PassportSource source, NodeState state, IChainClient client)
{
    private const int MostTimes = 10_000;

    // Of final blocks: they do not change.
    private readonly ConcurrentDictionary<ulong, ulong> _times = new();

    /// <summary>The model, or why there is none.</summary>
    public (ModelId Model, IResult? Refusal) ModelOf(string id)
    {
        if (!Hash32.TryParse(id, out var parsed)) return (default, Problems.BadRequest("That is not a model id", "A model id is 0x and 64 hexadecimal digits."));
        var model = new ModelId(parsed);
        return state.Registry.TryGet(model, out _) ? (model, null) : (default, NoModel());
    }

    /// <summary>The start of the block that is named; of the one after the books' last one where none is.</summary>
    /// <param name="exact">Whether without a block that very one is meant, and not the last one that brought something.</param>
    public async Task<(BlockPoint Point, IResult? Refusal)> PointAsync(string? block, bool exact, CancellationToken cancellation)
    {
        var now = source.Now();
        if (now is not { } next) return (default, Problems.Of(503, "The books are empty yet", "Ask again once the node has read the chain: GET /api/v1/status shows how far it is."));
        if (block is null) return (exact ? next : passports.Now() ?? next, null);
        if (!ulong.TryParse(block, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (default, Problems.BadRequest("'block' is not a block's number", "A block's number is a whole number."));
        if (number == next.Number) return (next, null);
        if (number > next.Number) return (default, Problems.NotFound("The books do not reach that block", $"They end with block {next.Number - 1}."));
        if (_times.TryGetValue(number, out var known)) return (new BlockPoint(number, known), null);
        try
        {
            if (await client.GetBlockAsync(BlockRef.At(number), cancellation) is not { } header) return (default, Problems.Of(503, "The endpoint does not have that block", "Ask again later."));
            if (_times.Count < MostTimes) _times[number] = header.Timestamp;
            return (new BlockPoint(number, header.Timestamp), null);
        }
        catch (ChainException)
        {
            return (default, Problems.Of(503, "The chain cannot be asked for that block's time", "Ask again later, or without 'block'."));
        }
    }

    /// <summary>The passport that is asked for, or why there is none.</summary>
    public async Task<(PassportAnswer? Answer, IResult? Refusal)> AnswerAsync(string id, string? block, CancellationToken cancellation)
    {
        var (model, refusal) = ModelOf(id);
        if (refusal is not null) return (null, refusal);
        var (point, wrong) = await PointAsync(block, exact: false, cancellation);
        if (wrong is not null) return (null, wrong);
        return await passports.GetAsync(model, point, cancellation) is { } answer ? (answer, null) : (null, NoModel());
    }

    public static IResult NoModel() => Problems.NotFound("There is no such model", "GET /api/v1/models lists those that there are.");
}
