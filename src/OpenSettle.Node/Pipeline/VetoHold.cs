using OpenSettle.Node.Configuration;
using OpenSettle.Storage;

namespace OpenSettle.Node.Pipeline;

/// <summary>After a veto no epoch goes on until a person says so. Payments are still read, swept and shown.</summary>
internal sealed class VetoHold(NodeOptions options, IBooks books, VetoReport report, NodeState state, ILogger log)
{
    private const string Alert = "veto";

    private (ulong Number, uint Attempt)? _told;

    /// <summary>Whether somebody has said that it goes on.</summary>
    public async Task<bool> HoldAsync(SettledEpoch vetoed, bool sameRoot, CancellationToken cancellation)
    {
        var file = Resume.FileIn(options.DataDir);
        var word = File.Exists(file) ? Resume.Parse(await File.ReadAllTextAsync(file, cancellation)) : books.Read(Resume.Left);
        if (word is { } said && said.Epoch == vetoed.Number && said.Attempt == vetoed.Attempt)
        {
            await books.WriteAsync(said.Take, cancellation);
            FailPoint.At(FailPoint.ResumeTaken);
            File.Delete(file);
            (state.Held, _told) = (null, null);
            state.ClearAlert(Alert);
            log.Resumed(vetoed.Number, vetoed.Attempt);
            return true;
        }

        if (_told == (vetoed.Number, vetoed.Attempt) && !sameRoot) return false;
        _told = (vetoed.Number, vetoed.Attempt);
        var name = $"{vetoed.Number}.{vetoed.Attempt}";
        var why = sameRoot
            ? $"Built again, epoch {vetoed.Number} has the root that was vetoed. If that is meant: opensettle resume {name} --same-root"
            : $"The guardian vetoed epoch {vetoed.Number}, attempt {vetoed.Attempt}. {report.Of(vetoed)} When it is clear what was wrong: opensettle resume {name}";
        state.Held = why;
        state.SetAlert(Alert, why);
        return false;
    }
}
