using System.Net;
using System.Net.Http.Headers;
using OpenSettle.Ethereum.Rpc;

namespace OpenSettle.Node.Verification;

/// <summary>A place did not give what it was asked for. The message says why, without the place's credentials.</summary>
public sealed class PlaceException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Where files are looked for: a folder, or an address. Nothing that it gives is believed before it is checked.</summary>
public abstract class Place
{
    private protected Place(string name) => Name = name;

    /// <summary>The place for people, without credentials.</summary>
    public string Name { get; }

    /// <summary>Whether the place is an http(s) address.</summary>
    public virtual bool IsWeb => false;

    /// <summary>An http(s) address, or a folder.</summary>
    public static Place Parse(string text, HttpClient http, TimeProvider time) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new WebPlace(address, http, time)
            : new FolderPlace(text, time);

    /// <summary>
    /// The client that all addresses are asked by. Redirects are followed, a few: what counts is what comes, wherever from. It inflates
    /// nothing: how much comes of how little is watched by who reads.
    /// </summary>
    public static HttpClient NewClient(TimeProvider time) => new(new PatientHandler(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = true,
            MaxAutomaticRedirections = 5,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
        },
        time))
    {
        // The deadlines are kept here, by the supplied clock.
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>A file of that name (with slashes, where it has some); null where the place does not have it.</summary>
    /// <exception cref="PlaceException">The place cannot be asked.</exception>
    internal abstract Task<SourceStream?> OpenAsync(string file, CancellationToken cancellation);
}

/// <summary>A folder of this machine.</summary>
internal sealed class FolderPlace(string folder, TimeProvider time) : Place(folder)
{
    internal override Task<SourceStream?> OpenAsync(string file, CancellationToken cancellation)
    {
        var path = Path.Combine([Name, .. file.Split('/')]);
        try
        {
            if (!Directory.Exists(Name)) throw new PlaceException("there is no such folder");
            return Task.FromResult(File.Exists(path) ? new SourceStream(File.OpenRead(path), null, time) : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlaceException(e.Message, e);
        }
    }
}

/// <summary>An address below which files are fetched by HTTP.</summary>
internal sealed class WebPlace(Uri address, HttpClient http, TimeProvider time) : Place(EndpointName.Of(address))
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    public override bool IsWeb => true;

    internal override async Task<SourceStream?> OpenAsync(string file, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(AnswerTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        HttpResponseMessage? response = null;
        try
        {
            using var request = RequestOf(address, HttpMethod.Get, file);
            request.Headers.AcceptEncoding.ParseAdd("gzip");
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode is HttpStatusCode.NotFound) return null;
            if (!response.IsSuccessStatusCode) throw new PlaceException($"it answers {(int)response.StatusCode}");
            var source = new SourceStream(await response.Content.ReadAsStreamAsync(either.Token), response, time);
            response = null;
            return source;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PlaceException($"no answer within {AnswerTime.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new PlaceException(EndpointName.Quote(address, e.Message).TrimEnd('.'), e);
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>A request of something below an address, with the credentials that stand in it.</summary>
    internal static HttpRequestMessage RequestOf(Uri address, HttpMethod method, string file)
    {
        // A query holds a key more often than not, and stays behind the path.
        var target = new UriBuilder(address) { UserName = string.Empty, Password = string.Empty };
        if (file.Length > 0) target.Path = $"{target.Path.TrimEnd('/')}/{file}";
        var request = new HttpRequestMessage(method, target.Uri);
        if (address.UserInfo.Length > 0)
        {
            var credentials = System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(address.UserInfo));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        }

        return request;
    }
}
