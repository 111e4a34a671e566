using System.Reflection;

namespace OpenSettle.Node.Http;

/// <summary>Which program this is, as its build says it.</summary>
internal static class ProgramVersion
{
    private const string ApiVersion = "1";

    public static VersionAnswer Describe(ulong chainId)
    {
        var parts = Text.Split('+', 2);
        return new VersionAnswer("OpenSettle", parts[0], parts.Length > 1 ? parts[1] : null, ApiVersion, chainId);
    }

    /// <summary>"0.1.0", or "0.1.0+COMMIT".</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
