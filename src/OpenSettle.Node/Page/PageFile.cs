using System.IO.Compression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using OpenSettle.Node.Http;

namespace OpenSettle.Node.Page;

/// <summary>One file of the page, with what was made smaller beside it when the page was built.</summary>
internal sealed class PageFile
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    private readonly string _type;
    private readonly string _cacheControl;
    private readonly List<Form> _forms;

    private PageFile(string type, string cacheControl, byte[] plain, byte[]? brotli, byte[]? gzip)
    {
        (_type, _cacheControl) = (type, cacheControl);
        // The smallest first: where a client likes several as much, it gets that.
        _forms = [];
        if (brotli is not null) _forms.Add(Form.Of("br", brotli));
        if (gzip is not null) _forms.Add(Form.Of("gzip", gzip));
        _forms.Add(Form.Of(null, plain));
    }

    /// <summary>A file as it was built, with the files NAME.br and NAME.gz where they are.</summary>
    /// <param name="cacheControl">How long a browser may keep it without asking.</param>
    public static PageFile Read(string path, string cacheControl) => new(
        TypeOf(path), cacheControl, File.ReadAllBytes(path), Beside($"{path}.br"), Beside($"{path}.gz"));

    /// <summary>A document that is made here: made smaller here, too.</summary>
    public static PageFile Of(byte[] html, string cacheControl) => new(
        "text/html; charset=utf-8", cacheControl, html,
        Smaller(html, inner => new BrotliStream(inner, CompressionLevel.SmallestSize)), Smaller(html, inner => new GZipStream(inner, CompressionLevel.SmallestSize)));

    public Task WriteAsync(HttpContext context)
    {
        var form = FormFor(context.Request);
        var headers = context.Response.Headers;
        headers.CacheControl = _cacheControl;
        // Also where the plain file goes out: whatever stands between has to know that there are others.
        headers.Vary = HeaderNames.AcceptEncoding;
        if (form.Encoding is not null) headers.ContentEncoding = form.Encoding;
        return Results.Bytes(form.Bytes, _type, enableRangeProcessing: true, entityTag: form.Tag).ExecuteAsync(context);
    }

    private static string TypeOf(string path)
    {
        if (!Types.TryGetContentType(path, out var type)) return "application/octet-stream";
        return type.StartsWith("text/", StringComparison.Ordinal) || type == "image/svg+xml" ? $"{type}; charset=utf-8" : type;
    }

    private static byte[]? Beside(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;

    private static byte[] Smaller(byte[] bytes, Func<Stream, Stream> by)
    {
        using var made = new MemoryStream();
        using (var smaller = by(made)) smaller.Write(bytes);
        return made.ToArray();
    }

    /// <summary>The form that the client likes most. The plain one goes to whoever says nothing, and to whoever refuses all: it is better than none.</summary>
    private Form FormFor(HttpRequest request)
    {
        var asked = request.GetTypedHeaders().AcceptEncoding;
        var (best, liked) = (_forms[^1], asked.Count == 0 ? 1.0 : 0.0);
        foreach (var form in _forms)
        {
            if (form.Encoding is null) continue;
            var named = asked.LastOrDefault(value => value.Value.Equals(form.Encoding, StringComparison.OrdinalIgnoreCase)) ?? asked.LastOrDefault(value => value.Value == "*");
            var quality = named is null ? 0 : named.Quality ?? 1;
            if (quality > liked) (best, liked) = (form, quality);
        }

        return best;
    }

    private sealed record Form(string? Encoding, byte[] Bytes, EntityTagHeaderValue Tag)
    {
        public static Form Of(string? encoding, byte[] bytes) => new(encoding, bytes, new EntityTagHeaderValue(Answers.TagOf(bytes)));
    }
}
