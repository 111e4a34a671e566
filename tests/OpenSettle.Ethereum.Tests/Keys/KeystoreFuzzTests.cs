using System.Text;
using System.Text.Json.Nodes;
using OpenSettle.Ethereum.Keys;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Keys;

/// <summary>Damaged keystores: the right key, or a KeystoreException that shows nothing of password, key or file.</summary>
public sealed class KeystoreFuzzTests
{
    private const string Password = "correct horse battery";

    private static readonly byte[] Secret = Keccak256.HashText("a key to be fuzzed").ToArray();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Open_OfAKeystoreWithDamagedCharacters_GivesTheKeyOrAKeystoreException(int seed)
    {
        var random = new Random(seed);
        var opened = 0;
        foreach (var text in Enumerable.Repeat(Files(), 1500 / 2).SelectMany(each => each))
        {
            if (OpensRightly(Damage(text, random), seed)) opened++;
        }

        // Damage to names and spaces does no harm: the test reaches the end of the way, too.
        Assert.InRange(opened, 1, 1000);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Open_OfAKeystoreWithOtherValues_GivesTheKeyOrAKeystoreException(int seed)
    {
        var random = new Random(seed);
        var opened = 0;
        foreach (var text in Enumerable.Repeat(Files(), 1000).SelectMany(each => each))
        {
            if (OpensRightly(Replace(text, random), seed)) opened++;
        }

        Assert.InRange(opened, 1, 1500);
    }

    private static string[] Files() =>
    [
        Keystore.Create(Curves.Best, Secret, Password, new KeystoreDerivation.Scrypt([1, 2, 3, 4], 2, 1, 1)),
        Keystore.Create(Curves.Best, Secret, Password, new KeystoreDerivation.Pbkdf2([1, 2, 3, 4], 1)),
    ];

    private static bool OpensRightly(string text, int seed)
    {
        var secret = new byte[32];
        try
        {
            Keystore.WritePrivateKey(Curves.Best, text, Password, secret);
            Assert.Equal(Secret, secret);
            return true;
        }
        catch (KeystoreException refusal)
        {
            var shown = refusal.ToString().Split(" at OpenSettle", StringSplitOptions.None)[0];
            Assert.DoesNotContain("correct", shown);
            // No run of digits out of the file.
            Assert.False(Enumerable.Range(0, Math.Max(0, text.Length - 8)).Any(at => IsHex(text.Substring(at, 8)) && shown.Contains(text.Substring(at, 8), StringComparison.Ordinal)), $"{seed}: {shown}");
            return false;
        }
        catch (Exception other)
        {
            throw new InvalidOperationException($"Seed {seed}: {other.GetType().Name} for {text}", other);
        }
    }

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigit);

    private static string Damage(string text, Random random)
    {
        var damaged = new StringBuilder(text);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(6))
            {
                case 0: damaged[at] = (char)random.Next(0x20, 0x7f); break;
                case 1: damaged.Remove(at, Math.Min(random.Next(1, 20), damaged.Length - at)); break;
                case 2: damaged.Insert(at, (char)random.Next(0x10000)); break;
                case 3: damaged.Length = Math.Max(1, at); break;
                case 4: damaged.Insert(at, damaged.ToString(at, Math.Min(random.Next(40), damaged.Length - at))); break;
                default: damaged[at] = char.ToUpperInvariant(damaged[at]); break;
            }
        }

        return damaged.ToString();
    }

    private static string Replace(string text, Random random)
    {
        var root = JsonNode.Parse(text)?.AsObject() ?? throw new FormatException("There is no JSON.");
        var crypto = root["crypto"]?.AsObject() ?? throw new FormatException("There is no crypto.");
        JsonObject[] places = [root, crypto, crypto["kdfparams"]?.AsObject() ?? root, crypto["cipherparams"]?.AsObject() ?? root];
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            var place = places[random.Next(places.Length)];
            var names = place.Select(field => field.Key).ToArray();
            if (names.Length == 0) continue;
            var name = names[random.Next(names.Length)];
            if (random.Next(4) == 0) place.Remove(name);
            else place[name] = Other(random);
        }

        return root.ToJsonString();
    }

    private static JsonNode? Other(Random random) => random.Next(14) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.Next(-3, 40)),
        3 => JsonValue.Create(random.NextDouble()),
        4 => JsonValue.Create(ulong.MaxValue),
        5 => JsonValue.Create(long.MinValue),
        6 => JsonValue.Create(string.Empty),
        7 => JsonValue.Create("0x"),
        8 => JsonValue.Create(new string('0', random.Next(70))),
        9 => JsonValue.Create(new string('f', 2 * random.Next(40))),
        10 => JsonValue.Create("scrypt"),
        11 => JsonValue.Create("pbkdf2"),
        12 => new JsonArray(1, 2, 3),
        _ => new JsonObject { ["n"] = 2, ["salt"] = "00" },
    };
}
