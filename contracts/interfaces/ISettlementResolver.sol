// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Attests activated epochs on the Ethereum Attestation Service
/// @notice The schema is "uint64 epoch,bytes32 root,bytes32 bundleHash,uint64 lastBlock", irrevocable, with this contract
/// as its resolver; the attester is this contract and the recipient is the vault.
interface ISettlementResolver {
    event EpochAttested(uint64 indexed epoch, bytes32 indexed uid);

    error OnlyEas(address caller);
    /// @notice The attestation service keeps its schemas elsewhere.
    error WrongSchemaRegistry(address given, address expected);
    error NotActivated(uint64 epoch);
    error AlreadyAttested(uint64 epoch, bytes32 uid);

    /// @notice Attests an activated epoch, once. Anyone may; the resolver itself is the attester.
    function attestEpoch(uint64 epoch) external returns (bytes32 uid);

    /// @notice The epoch's attestation, or zero.
    function attestationOf(uint64 epoch) external view returns (bytes32 uid);

    /// @notice The schema under which epochs are attested.
    function epochSchema() external view returns (bytes32 uid);

    function eas() external view returns (address);

    function vault() external view returns (address);
}
