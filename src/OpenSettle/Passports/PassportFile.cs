using OpenSettle.Primitives;

namespace OpenSettle.Passports;

/// <summary>A passport as it is handed out: with what people need to read it.</summary>
/// <param name="Number">The model's number in its registry; people name it by that.</param>
/// <param name="Tokens">Symbols and decimals of the tokens that figures are in, as far as they are known.</param>
/// <param name="Document">What the model's owner says of it, where the document behind the metadata's hash is at hand. Self-reported.</param>
public sealed record PassportFile(Passport Passport, ulong Number, IReadOnlyList<TokenName> Tokens, ModelDocument? Document)
{
    /// <summary>The token's name for people; where it is not known, its address, and amounts in the smallest unit.</summary>
    public TokenName TokenOf(Address token)
    {
        foreach (var known in Tokens)
        {
            if (known.Token == token) return known;
        }

        return new TokenName(token, token.ToChecksumString(), 0);
    }
}
