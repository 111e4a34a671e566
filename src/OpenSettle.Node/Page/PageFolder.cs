using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using OpenSettle.Node.Http;

namespace OpenSettle.Node.Page;

/// <summary>
/// The built page, read once at the start: some hundred kilobytes. Its document is written for each path that it is served under, because what it
/// asks for stands below that path.
/// </summary>
internal sealed class PageFolder
{
    private const string Document = "index.html";

    // As src/OpenSettle.Web/index.html has them.
    private const string PlaceOfBase = "<base href=\"/\">";
    private const string PlaceOfRpc = "<meta name=\"opensettle-rpc\" content=\"\">";

    private readonly FrozenDictionary<string, PageFile> _files;
    private readonly ConcurrentDictionary<string, PageFile> _documents = new(StringComparer.Ordinal);
    private readonly string _template;
    private readonly string _rpc;

    private PageFolder(string template, FrozenDictionary<string, PageFile> files, string rpc) => (_template, _files, _rpc) = (template, files, rpc);

    /// <summary>Reads the page.</summary>
    /// <param name="rpc">An endpoint of the chain that the page may ask; empty: none.</param>
    /// <param name="why">Why there is none.</param>
    /// <returns>Null where it was not built, or is not one that this node can serve.</returns>
    public static PageFolder? Read(string folder, string rpc, out string why)
    {
        var document = Path.Combine(folder, Document);
        why = "the page is not built";
        if (!File.Exists(document)) return null;
        var template = File.ReadAllText(document);
        why = "the page was built for another version of this node: build it again";
        if (!template.Contains(PlaceOfBase, StringComparison.Ordinal) || !template.Contains(PlaceOfRpc, StringComparison.Ordinal)) return null;
        var files = new Dictionary<string, PageFile>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = "/" + Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (name == $"/{Document}" || path.EndsWith(".br", StringComparison.Ordinal) || path.EndsWith(".gz", StringComparison.Ordinal)) continue;
            // Names of assets carry a hash of what is in them; the document says which are in use now.
            files[name] = PageFile.Read(path, name.StartsWith("/assets/", StringComparison.Ordinal) ? Answers.Forever : Answers.AskAgain);
        }

        why = string.Empty;
        return new PageFolder(template, files.ToFrozenDictionary(StringComparer.Ordinal), rpc);
    }

    /// <summary>A file by its path below the page's, or null.</summary>
    public PageFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>The document for a page below this path.</summary>
    /// <param name="pathBase">One of those that this process has: each is kept.</param>
    public PageFile DocumentFor(string pathBase) => _documents.GetOrAdd(pathBase, Make);

    private PageFile Make(string pathBase)
    {
        // Absolute: one that is relative would move with the address as the page goes from view to view.
        var written = _template
            .Replace(PlaceOfBase, $"<base href=\"{HtmlEncoder.Default.Encode(pathBase)}/\">", StringComparison.Ordinal)
            .Replace(PlaceOfRpc, $"<meta name=\"opensettle-rpc\" content=\"{HtmlEncoder.Default.Encode(_rpc)}\">", StringComparison.Ordinal);
        return PageFile.Of(Encoding.UTF8.GetBytes(written), Answers.AskAgain);
    }
}
