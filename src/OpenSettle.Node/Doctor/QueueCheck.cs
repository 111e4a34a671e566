using System.Runtime.CompilerServices;
using OpenSettle.Node.Queue;

namespace OpenSettle.Node.Doctor;

/// <summary>The broker lets this node in, and has the deployment's streams. None is made.</summary>
internal sealed class QueueCheck : ICheck
{
    public string Name => "queue";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return await LookAtAsync(patient, cancellation);
    }

    private async Task<Finding> LookAtAsync(Patient patient, CancellationToken cancellation)
    {
        if (patient.Options.Queue is not { } queue) return Finding.Ok(Name, "none is set: usage comes over HTTP alone");
        await using var link = new QueueLink(queue, "opensettle doctor", patient.Time);
        try
        {
            var names = new StreamNames(patient.Options.Deployment.Watched.Id);
            var streams = await new StreamFounder(names, queue, patient.Time).CountAsync(await link.ConnectAsync(cancellation), 0, cancellation);
            return Finding.Ok(Name, $"{link.Broker}, {(streams == 0 ? "no streams yet: the first node with the role ingest makes them" : $"{streams} streams ({names.Of(0)} and on)")}");
        }
        catch (Exception e) when (QueueLink.IsTransient(e) && !cancellation.IsCancellationRequested)
        {
            // The node runs without it, and settles what there is.
            return Finding.Warning(Name, $"{(e is QueueException ? e.Message.TrimEnd('.') : $"the broker {link.Broker}: {e.Message.Split('\n')[0].TrimEnd('.')}")}.", "Start the broker, or set queue to one that lets this node in: until then usage waits at its senders.");
        }
    }
}
