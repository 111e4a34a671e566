namespace OpenSettle.Passports;

/// <summary>Writes figures of one scope and block range.</summary>
internal sealed class FigureWriter(PassportContext context, string scope, ulong firstEpoch)
{
    private readonly ulong _first = context.FirstBlockOf(firstEpoch);
    private readonly ulong _last = context.FirstBlockOf(firstEpoch) == 0 ? 0 : context.LastBlock;

    /// <summary>A figure that has a value where there is enough data.</summary>
    /// <param name="value">Asked for only where there is.</param>
    public void Add(string id, FigureLevel level, ulong n, ulong least, Func<FigureValue> value)
    {
        var known = n >= least;
        var given = known ? value() : new FigureValue(null);
        var state = !known ? FigureState.Insufficient : given.Text is null ? FigureState.NotFound : FigureState.Known;
        context.Figures.Add(new Figure(id, scope, state, given.Text, given.Low, given.High, n, least, level, _first, _last, given.Points ?? [], given.Note));
    }

    /// <summary>A figure of what was not read.</summary>
    public void NotRead(string id, string note) =>
        context.Figures.Add(new Figure(id, scope, FigureState.NotRead, null, null, null, 0, 0, FigureLevel.OnChain, _first, _last, [], note));
}

/// <summary>What a figure says. Without a text nothing was found.</summary>
internal sealed record FigureValue(string? Text, string? Low = null, string? High = null, IReadOnlyList<FigurePoint>? Points = null, string? Note = null);
