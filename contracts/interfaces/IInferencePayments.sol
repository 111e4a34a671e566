// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The rail: pay for a model, with a reference to the use
interface IInferencePayments {
    /// @notice One payment. `amount` is what arrived in the vault, measured.
    event Paid(
        bytes32 indexed modelId, address indexed payer, address indexed token, uint256 amount, bytes32 usageRef
    );

    error UnknownModel(bytes32 modelId);
    error TokenNotListed(address token);
    error WrongNativeAmount(uint256 sent, uint256 stated);
    error NothingArrived(address token);

    /// @notice Pays `amount` of `token` (the zero address: native coin, sent along) for a model. An ERC-20 goes from the
    /// caller straight to the vault.
    function pay(bytes32 modelId, address token, uint256 amount, bytes32 usageRef) external payable;

    function registry() external view returns (address);

    function vault() external view returns (address);
}
