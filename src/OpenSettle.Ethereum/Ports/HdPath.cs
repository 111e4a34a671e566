using System.Globalization;

namespace OpenSettle.Ethereum.Ports;

/// <summary>A BIP-32 path such as m/44'/60'/0'/0/3. Its steps carry the hardened bit.</summary>
public sealed class HdPath
{
    public const uint Hardened = 0x80000000;

    // As deep as BIP-32 can count.
    private const int MostSteps = 255;

    private readonly uint[] _steps;

    private HdPath(uint[] steps) => _steps = steps;

    public IReadOnlyList<uint> Steps => _steps;

    /// <summary>Ethereum's usual path by BIP-44: m/44'/60'/0'/0/index.</summary>
    public static HdPath Account(uint index) => index < Hardened
        ? new HdPath([44 | Hardened, 60 | Hardened, 0 | Hardened, 0, index])
        : throw new ArgumentOutOfRangeException(nameof(index), index, "An account's index is below 2^31.");

    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HdPath? path)
    {
        path = null;
        var parts = (text ?? string.Empty).Split('/');
        if (parts[0] is not "m" || parts.Length is < 2 or > MostSteps + 1) return false;
        var steps = new uint[parts.Length - 1];
        for (var i = 0; i < steps.Length; i++)
        {
            var part = parts[i + 1].AsSpan();
            var hardened = part.Length > 1 && part[^1] is '\'' or 'h';
            if (!uint.TryParse(hardened ? part[..^1] : part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= Hardened) return false;
            steps[i] = hardened ? number | Hardened : number;
        }

        path = new HdPath(steps);
        return true;
    }

    public static HdPath Parse(string text) =>
        TryParse(text, out var path) ? path : throw new FormatException("A path has the form m/44'/60'/0'/0/0, with numbers below 2^31.");

    public override string ToString() =>
        $"m/{string.Join('/', _steps.Select(step => step >= Hardened ? $"{step - Hardened}'" : step.ToString(CultureInfo.InvariantCulture)))}";
}
