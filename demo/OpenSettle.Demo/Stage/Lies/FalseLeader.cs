using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Metering;
using OpenSettle.Primitives;

namespace OpenSettle.Demo.Stage.Lies;

/// <summary>What an attestor said of a false candidate, and proved by its signature.</summary>
/// <param name="Why">Why it does not sign; null: it signs.</param>
public sealed record AttestorSays(Address Attestor, string? Why);

/// <summary>
/// A leader as attestors and the watchtower see it. Behind it an honest node settles; told to lie, it shows a false epoch in place of that
/// node's, collects what attestors say of it, and with stolen keys proposes it all the same.
/// </summary>
public sealed class FalseLeader : IDisposable
{
    private readonly LocalChain _chain;
    private readonly Deployment _deployment;
    private readonly Market _market;
    private readonly Person _sender;
    private readonly BatchSigner _gateway;
    private readonly IReadOnlyCollection<Address> _listed;
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly SemaphoreSlim _makes = new(1, 1);
    private readonly ConcurrentDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Address, string?> _words = [];
    private volatile FalseEpoch? _shown;
    private volatile string? _trouble;
    private volatile Lie _lie;
    private Hash32 _from;

    /// <param name="sender">Pays for what it sends; gains what is stolen.</param>
    /// <param name="gateway">A gateway of its own, which no model lists.</param>
    /// <param name="listed">The gateways that the models list.</param>
    public FalseLeader(LocalChain chain, Deployment deployment, Person sender, ISigner gateway, IReadOnlyCollection<Address> listed)
    {
        (_chain, _deployment, _sender, _listed) = (chain, deployment, sender, listed);
        _market = new Market(chain, deployment);
        _gateway = new BatchSigner(gateway, deployment.Id.ChainId, deployment.Id.Registry);
        Address = new Uri($"http://127.0.0.1:{Workspace.FreePort()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>All that attestors and the watchtower know of the leader.</summary>
    public Uri Address { get; }

    /// <summary>Where its bundles are, by their hashes.</summary>
    public string Bundles => $"{Address}bundles";

    /// <summary>The honest node behind it.</summary>
    public Uri? Honest { get; set; }

    /// <summary>From now on no candidate of the honest node is seen, but what is made of it.</summary>
    public async Task LieAsync(Lie lie, CancellationToken cancellation)
    {
        // What is just being made is still by the lie before.
        await _makes.WaitAsync(cancellation);
        (_lie, _shown) = (lie, null);
        _words.Clear();
        _makes.Release();
    }

    /// <summary>The honest node's candidates are seen again.</summary>
    public Task TellTheTruthAsync(CancellationToken cancellation) => LieAsync(Lie.Unknown, cancellation);

    /// <summary>Waits until the lie is made of a candidate, and enough attestors said what they think of it.</summary>
    /// <param name="enough">Of all their last words.</param>
    public async Task<(FalseEpoch False, IReadOnlyList<AttestorSays> Said)> HearAsync(Func<FalseEpoch, IReadOnlyList<AttestorSays>, bool> enough, CancellationToken cancellation)
    {
        for (var i = 0; i < 900; i++)
        {
            // Where nobody asks, it is made here.
            if (await ShownAsync(cancellation) is { } shown && Said() is var said && enough(shown, said)) return (shown, said);
            if (_trouble is { } trouble) throw new StageException(StageException.Failed, $"the false leader cannot lie: {trouble}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new StageException(StageException.Failed, $"of the lie {_lie}, attempt {_shown?.Proposal.Attempt}, the attestors said only this within a minute and a half: {string.Join("; ", Said())}");
    }

    /// <summary>Signs the false epoch with stolen keys, and proposes it.</summary>
    public async Task ProposeAsync(FalseEpoch lie, IReadOnlyList<ISigner> stolen, CancellationToken cancellation)
    {
        var data = ProposalTypedData.Of(_deployment.Id.ChainId, _deployment.Id.Vault, lie.Proposal);
        var signatures = new List<AttestorSignature>();
        foreach (var key in stolen.OrderBy(key => key.Address)) signatures.Add(AttestorSignature.Of(key.Address, await key.SignTypedDataAsync(data, cancellation)));
        await _market.SendAsync(_sender, _deployment.Id.Vault, new RoyaltySplit.ProposeCall(lie.Proposal, signatures), UInt256.Zero, cancellation);
    }

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
        _makes.Dispose();
    }

    // What it is copied to first would not fit, where a word comes meanwhile.
    private List<AttestorSays> Said() => [.. _words.ToArray().OrderBy(word => word.Key).Select(word => new AttestorSays(word.Key, word.Value))];

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.Url?.AbsolutePath.TrimStart('/') ?? string.Empty;
            if (_lie != Lie.Unknown && path.StartsWith("api/v1/candidate", StringComparison.Ordinal)) await CandidateAsync(context, path);
            else if (_files.TryGetValue(path, out var file)) await WriteAsync(context, 200, "application/octet-stream", file);
            else await PassAsync(context);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or HttpListenerException or ObjectDisposedException)
        {
            // The honest node is away, or who asked is: an attestor asks again.
            context.Response.Abort();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or KeyNotFoundException or JsonException)
        {
            _trouble = e.Message;
            context.Response.Abort();
        }
    }

    private async Task CandidateAsync(HttpListenerContext context, string path)
    {
        var shown = await ShownAsync(CancellationToken.None);
        if (path.EndsWith("/words", StringComparison.Ordinal) && shown is not null) await TakeAsync(context, shown);
        await JsonAsync(context, 200, new { candidate = shown is null ? null : View(shown) });
    }

    /// <summary>Nobody is believed to have said what he did not sign.</summary>
    private async Task TakeAsync(HttpListenerContext context, FalseEpoch shown)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
        string? Text(string name) => body.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        var (digest, why) = (DigestOf(shown), Text("why"));
        if (Text("digest") != digest.ToString()) return;
        var attestor = Primitives.Address.Parse(Text("attestor")!);
        var signed = why is null ? digest : RefusalTypedData.Of(_deployment.Id.ChainId, _deployment.Id.Vault, digest, why).Digest();
        if (AccountSignature.KeyOf(_chain.Provider.Recover, signed, Hex.Decode(Text("signature")!)) == attestor) _words[attestor] = why;
    }

    private Hash32 DigestOf(FalseEpoch shown) => ProposalTypedData.Of(_deployment.Id.ChainId, _deployment.Id.Vault, shown.Proposal).Digest();

    private object View(FalseEpoch shown) => new
    {
        epoch = shown.Proposal.Epoch,
        attempt = shown.Proposal.Attempt,
        root = shown.Proposal.Root.ToString(),
        bundleHash = shown.Proposal.BundleHash.ToString(),
        bundleUri = shown.Proposal.BundleUri,
        digest = DigestOf(shown).ToString(),
        proposal = Hex.Encode(shown.Proposal.Encode()),
        threshold = 2,
        attestors = Said().Select(said => new { attestor = said.Attestor.ToString(), signed = said.Why is null, why = said.Why }),
    };

    /// <summary>The false epoch, once there is an honest one to make it of.</summary>
    private async Task<FalseEpoch?> ShownAsync(CancellationToken cancellation)
    {
        await _makes.WaitAsync(cancellation);
        try
        {
            if (_lie == Lie.Unknown || Honest is null) return null;
            var answer = await _http.GetFromJsonAsync<JsonElement>(new Uri(Honest, "api/v1/candidate"), cancellation);
            if (!answer.TryGetProperty("candidate", out var candidate) || candidate.ValueKind != JsonValueKind.Object) return _shown;
            var digest = Hash32.Parse(candidate.GetProperty("digest").GetString()!);
            if (_shown is not null && digest == _from) return _shown;
            var made = await MakeAsync(Proposal.Decode(Hex.Decode(candidate.GetProperty("proposal").GetString()!)), cancellation);
            _words.Clear();
            (_from, _shown) = (digest, made);
            return made;
        }
        finally
        {
            _makes.Release();
        }
    }

    private async Task<FalseEpoch> MakeAsync(Proposal honest, CancellationToken cancellation)
    {
        var bundle = await BundleAsync(honest.BundleHash, cancellation);
        var before = bundle.PreviousBundle.IsZero ? null : await BundleAsync(bundle.PreviousBundle, cancellation);
        var batches = new List<UsageBatch>();
        foreach (var named in bundle.Usage.Batches) batches.Add(await BatchAsync(named, cancellation));
        var made = new FalseBundles(bundle, before, batches, _listed, _sender.Address, _gateway.Gateway).Of(_lie, honest.Attempt, Bundles);
        if (made.Published is { } bytes) _files[$"bundles/{made.Proposal.BundleHash}"] = bytes.ToArray();
        if (made.Batch is { } batch) await PublishAsync(batch, cancellation);
        return made with { Proposal = made.Proposal with { AttestorSet = honest.AttestorSet } };
    }

    private async Task<Bundle> BundleAsync(Hash32 hash, CancellationToken cancellation)
    {
        await using var bytes = await _http.GetStreamAsync(new Uri(Honest!, $"bundles/{hash}"), cancellation);
        return BundleReader.Read(bytes).Bundle;
    }

    private async Task<UsageBatch> BatchAsync(BatchRoot named, CancellationToken cancellation)
    {
        var bytes = await _http.GetByteArrayAsync(new Uri(Honest!, string.Create(CultureInfo.InvariantCulture, $"api/v1/batches/{named.Gateway}/{named.Number}")), cancellation);
        var (batch, problem) = BatchFile.Read(bytes, _deployment.Id.ChainId, _deployment.Id.Registry, (named.Gateway, named.Number), _chain.Provider.Recover);
        return batch?.Batch ?? throw new InvalidOperationException($"Batch {named.Number} of {named.Gateway}: {problem}.");
    }

    private async Task PublishAsync(UsageBatch batch, CancellationToken cancellation)
    {
        using var file = new MemoryStream();
        file.Write(BatchFile.Head(_deployment.Id.ChainId, _deployment.Id.Registry, await _gateway.SignAsync([.. batch.Events], cancellation)));
        foreach (var used in batch.Events)
        {
            file.Write(used.ToText());
            file.WriteByte((byte)'\n');
        }

        _files[string.Create(CultureInfo.InvariantCulture, $"api/v1/batches/{batch.Gateway}/{batch.Number}")] = file.ToArray();
    }

    private async Task PassAsync(HttpListenerContext context)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), new Uri(Honest!, context.Request.RawUrl!.TrimStart('/')));
        if (context.Request.HasEntityBody)
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            request.Content = new ByteArrayContent(body.ToArray());
            if (context.Request.ContentType is { } type) request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        }

        if (context.Request.Headers["Accept-Encoding"] is { } takes) request.Headers.TryAddWithoutValidation("Accept-Encoding", takes);
        using var response = await _http.SendAsync(request);
        if (response.Content.Headers.ContentEncoding.FirstOrDefault() is { } encoding) context.Response.Headers["Content-Encoding"] = encoding;
        await WriteAsync(context, (int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "application/octet-stream", await response.Content.ReadAsByteArrayAsync());
    }

    private static Task JsonAsync(HttpListenerContext context, int status, object body) => WriteAsync(context, status, "application/json", JsonSerializer.SerializeToUtf8Bytes(body));

    private static async Task WriteAsync(HttpListenerContext context, int status, string type, byte[] body)
    {
        (context.Response.StatusCode, context.Response.ContentType, context.Response.ContentLength64) = (status, type, body.Length);
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }
}
